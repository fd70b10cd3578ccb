import ArgumentParser

/// `--metrics-textfile`, of every command that has metrics.
struct TextfileOptions: ParsableArguments {
    @Option(
        name: .customLong("metrics-textfile"),
        help: ArgumentHelp(
            "Also write metrics there, atomically, for node_exporter's textfile collector (NAME.prom).",
            valueName: "path"))
    var path: String?
}
