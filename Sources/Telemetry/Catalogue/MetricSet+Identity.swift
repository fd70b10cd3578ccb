extension MetricSet {
    /// Says which program answers. `instance` tells processes on one machine apart; empty where it is a file.
    public mutating func identify(version: String, revision: String, instance: String = "") {
        set("target_info", ["mcptape", version, instance], to: 1)
        identifyBuild(version: version, revision: revision)
    }

    /// The same without saying what is scraped, for a file that another program shows with its own.
    public mutating func identifyBuild(version: String, revision: String) {
        set("mcptape_build_info", [version, revision, MetricSet.swiftVersion], to: 1)
    }

    /// From how long on an operation is slow, for rules to compare with. Nanoseconds.
    public mutating func tell(slow: Int64) { set("mcptape_slow_threshold_seconds", to: slow) }

    /// The compiler's version as far as a program can know its own.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
