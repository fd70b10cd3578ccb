import Recording

extension MetricCatalogue {
    /// A redaction's rule as a label: what is built in by its name, what users made as `custom`.
    static func label(ofRedaction rule: String) -> String { knownRules.contains(rule) ? rule : custom }

    /// Every value of the label.
    static let redactionRule = Label("rule", builtInRules + [custom])

    private static let custom = "custom"

    private static let builtInRules: [String] = {
        let places = ["key", "pointer", "member", "assignment", "user-info", "sampling", "elicitation"]
        return places + BuiltInDetector.names.map { "value:" + $0 }
    }()

    private static let knownRules = Set(builtInRules)
}
