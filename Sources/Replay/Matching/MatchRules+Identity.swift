public import MCPSemantics
public import Recording

extension MatchRules {
    /// What makes a request the same as another by these rules, for files that requests are added to.
    ///
    /// `text` is the request's JSON text.
    public func identity(of exchange: Exchange, text: ArraySlice<UInt8>) -> RequestIdentity {
        let compared = compared(text, method: exchange.method, name: exchange.name)
        let key = MatchKey(of: compared, method: exchange.method, comparing: facets)
        return RequestIdentity(
            key: Array(exchange.method.utf8) + [0] + key.values,
            isAskedAtWill: ReplayRules.isAskedAtWill(exchange.method))
    }
}
