import ArgumentParser
import Exporters
import Recording

/// `mcptape export RECORDING [FILTER]`
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a recording file, the viewer's page in one file, or spans.",
        discussion: """
            Without -o it goes to standard output. What is inside is said on standard error. Something that \
            looks like a secret stops it (exit status 77) until you say --redact, which replaces it in what \
            is written, or --allow-secrets. Prompts to a model and what a person answered leave in their shape \
            only, unless you say --include-human.

            Examples:
              mcptape export last -o tests/github.mcptape.jsonl
              mcptape export github --exchange 14 --context -o bug.mcptape.jsonl.gz
              mcptape export last --redact --rules rules.yaml -o shared.mcptape.jsonl
              mcptape export last | jq .msg
              mcptape export run:last -o bug.html
              mcptape export last -o spans.otlp.json
              mcptape export run:last --otlp http://127.0.0.1:4318
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The file to write: .mcptape.jsonl, .gz for a compressed one, .html, or .otlp.json.",
            valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            """
            mcptape (a recording file), html (the viewer's page with the recording inside) or otlp \
            (OpenTelemetry, JSON lines); default: by the file's name.
            """,
            valueName: "format"))
    var format: Format?

    @OptionGroup var page: PageOptions

    @OptionGroup(title: "OpenTelemetry") var collector: OTLPOptions

    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case mcptape
        case html
        case otlp
    }

    /// The format that is asked for: stated, or the one that the file's name has.
    var chosenFormat: Format {
        if let format { return format }
        let isTelemetry = output.map { $0.hasSuffix(".otlp.json") || $0.hasSuffix(".otlp.jsonl") } ?? false
        let isPage = output.map { $0.hasSuffix(".html") || $0.hasSuffix(".htm") } ?? false
        return isTelemetry ? .otlp : isPage ? .html : .mcptape
    }

    @Option(help: ArgumentHelp("Only this exchange or these: 14 or 14..20.", valueName: "n[..m]"))
    var exchange: String?

    @Flag(help: "With --exchange or a filter: keep the handshake and the lists, so that it replays.")
    var context = false

    @Flag(
        help: """
            Apply the built-in rules, and those of --rules, to what is written, and replace whatever else looks \
            like a secret.
            """)
    var redact = false

    @Option(
        help: ArgumentHelp(
            "Rules of yours, as of record --redact; implies --redact. May be repeated.", valueName: "file"))
    var rules: [String] = []

    @Flag(
        name: .customLong("include-human"),
        help: "Write prompts to a model and answers of a person as they are recorded.")
    var includeHuman = false

    @Flag(name: .customLong("allow-secrets"), help: "Write it though something looks like a secret.")
    var allowSecrets = false

    @Flag(help: "Do not say what is inside.")
    var quiet = false

    @Argument(help: ArgumentHelp("What to export (default: last).", valueName: "recording"))
    var recording: String = "last"

    @Argument(help: ArgumentHelp("Filter words.", valueName: "filter"))
    var filter: [String] = []

    /// The numbers that `--exchange` names, both ends included.
    func exchanges() throws -> ClosedRange<Int>? {
        guard let exchange else { return nil }
        let ends = exchange.components(separatedBy: "..").map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 1,
            first <= last
        else { throw ValidationError("--exchange \(exchange): say a number, or two as in 14..20") }
        return first...last
    }

    func validate() throws {
        _ = try exchanges()
        if output == "-" {
            throw ValidationError("-o -: without -o it goes to standard output")
        }
        try validateFormat()
        if context && exchange == nil && filter.isEmpty {
            throw ValidationError(
                "--context goes with --exchange or a filter: without them all is exported anyway")
        }
    }
}

extension ExportCommand {
    private func validateFormat() throws {
        if page.maxSize != nil && (chosenFormat != .html || collector.otlp != nil) {
            throw ValidationError("--max-size is about a page: name one with -o x.html, or say --format html")
        }
        if collector.signals.contains(.metrics), exchange != nil || !filter.isEmpty {
            throw ValidationError("metrics are of whole sessions: leave the filter and --exchange out")
        }
        if collector.otlp != nil {
            if output != nil || format == .mcptape || format == .html {
                throw ValidationError(
                    "--otlp sends to a collector, and writes no file: leave -o and --format out")
            }
            return
        }
        if chosenFormat == .otlp {
            guard collector.signals.count <= 1 else {
                throw ValidationError("a file holds one signal: --otlp-signal traces, logs or metrics")
            }
            return
        }
        if collector.content || !collector.signals.isEmpty {
            throw ValidationError("--otlp-content and --otlp-signal need --otlp, or --format otlp")
        }
        if chosenFormat == .html { return }
        if let fault = output.flatMap({ RecordingFileOutput.fault(inName: $0) }) {
            throw ValidationError(fault)
        }
    }
}

extension String {
    /// The parts between occurrences of `separator`.
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        guard let found = firstRange(of: separator) else { return [self[...]] }
        return [self[..<found.lowerBound]]
            + String(self[found.upperBound...]).components(separatedBy: separator)
    }
}
