/// One upstream as the settings in force have it. An exchange keeps the one that it began with, so new
/// settings do not disturb it.
final class RelayTarget {
    let route: RouteTable.Route
    let injection: HeaderInjection
    let connector: UpstreamConnector

    init(_ route: RouteTable.Route, headers: [InjectedHeader], connector: UpstreamConnector) {
        self.route = route
        injection = HeaderInjection(headers)
        self.connector = connector
    }

    /// Whether a connection to it serves `other` as well: the same address, trusted in the same way.
    func isSamePlace(as other: RelayTarget) -> Bool {
        self === other
            || (route.upstream.origin == other.route.upstream.origin
                && (!route.upstream.isSecure || connector === other.connector))
    }
}
