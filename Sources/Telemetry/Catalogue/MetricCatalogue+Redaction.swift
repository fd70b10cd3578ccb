import Recording

extension MetricCatalogue {
    /// A redaction's rule as a label: what is built in by its name, what users made as `custom`.
    static func label(ofRedaction rule: String) -> String { redactionRules.contains(rule) ? rule : "custom" }

    private static let redactionRules: Set<String> = {
        let places = ["key", "pointer", "member", "assignment", "user-info", "sampling", "elicitation"]
        return Set(places + BuiltInDetector.names.map { "value:" + $0 })
    }()
}
