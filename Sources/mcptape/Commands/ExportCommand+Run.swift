import ArgumentParser
import Exporters
import Platform
import Recording
import Store

extension ExportCommand {
    func run() throws {
        let system = SystemCalls()
        let redaction = try redaction(system)
        let filter = try Filter.reading(filter)
        let opened = try OpenedRecording.open(recording, global: global, isQuiet: quiet)
        // What is written, and looked through before; filters speak of what is recorded.
        let shared = try redaction.map { try opened.redacted(by: $0) } ?? opened
        let wanted = try exchanges() ?? opened.exchange.map { $0...$0 }
        var selection = ExportSelection(exchanges: wanted, filter: filter, context: context, now: opened.now)
        if !selection.isWhole {
            for summary in opened.sessions { try selection.choose(from: summary, of: opened.source) }
            if selection.isEmpty {
                throw Failure(
                    Failure.noInput, "nothing in \(recording) matches, so there is nothing to export")
            }
        }
        if selection.isWhole == false, collector.signals.contains(.metrics) {
            throw Failure(
                Failure.usage, "metrics are of whole sessions, and \(recording) is one exchange",
                hint: "name the session alone")
        }
        try inspect(shared, selection)
        if collector.otlp != nil {
            try push(shared, selection, system)
            return try opened.finish()
        }
        if chosenFormat == .html {
            try writePage(shared, selection, system)
            return try opened.finish()
        }
        if chosenFormat == .otlp {
            let configuration = try global.configuration()
            let file = TelemetryFile(
                signal: collector.signals.first ?? .traces, settings: try collector.settings(configuration))
            try emit(system) { emit in
                try file.write(
                    shared.sessions, of: shared.source,
                    including: { selection.includes(exchange: $1.exchange, of: $0.description.id) }, emit)
            }
            return try opened.finish()
        }
        let output = RecordingFileOutput(shared.sessions, of: shared.source, isSelection: !selection.isWhole)
        try emit(system) { try output.write(including: selection.includes, $0) }
        try opened.finish()
    }

    /// Writes to the file that is asked for, which appears at once or not at all, or to standard output.
    func emit(
        _ system: SystemCalls, _ write: ((ArraySlice<UInt8>) throws -> Void) throws -> Void
    ) throws {
        if let path = output {
            let file = try AtomicFile(StoreLocation.absolute(path), system: system)
            try write { try file.write($0) }
            try file.commit()
        } else {
            let terminal = global.terminal()
            try write { terminal.write($0) }
            terminal.flush()
        }
    }

    /// Sends it to the collector.
    private func push(
        _ opened: OpenedRecording, _ selection: ExportSelection, _ system: SystemCalls
    ) throws {
        let stated = try collector.settings(try global.configuration())
        // Metrics are of whoever recorded it, so they are sent only when they are asked for.
        let settings =
            collector.signals.contains(.metrics) ? stated : stated.exporting([.traces, .logs])
        if !quiet { for warning in settings.warnings { complain(warning) } }
        let export = try CollectorExport(settings, system: system, say: { complain($0) })
        try export.push(opened.sessions, of: opened.source) { summary, item in
            selection.includes(exchange: item.exchange, of: summary.description.id)
        }
        if settings.endpoints[.metrics] != nil {
            try export.pushMetrics(of: opened.sessions, opened.source)
        }
        let isQuiet = quiet
        try export.conclude { line in if !isQuiet { complain(line) } }
    }

    /// What is replaced in what is written; nil: nothing.
    private func redaction(_ system: SystemCalls) throws -> LaterRedaction? {
        let isCleaned = redact || !rules.isEmpty
        var wanted = try RedactionRulesFile.rules(ofFiles: rules)
        wanted.usesDefaults = isCleaned && wanted.usesDefaults
        if !includeHuman { (wanted.sampling, wanted.elicitation) = (.shape, .shape) }
        guard isCleaned else {
            // A shape tells nothing of a value, under whatever key.
            let none = Array(repeating: UInt8(0), count: Redactor.keySize)
            return includeHuman ? nil : LaterRedaction(Redactor(rules: wanted, key: none))
        }
        let redactor = StoreRedactor.later(wanted, store: try global.location().path, system: system)
        return LaterRedaction(redactor, replacesSuspects: true)
    }

    /// Says what is inside, and stops at what looks like a secret.
    private func inspect(_ opened: OpenedRecording, _ selection: ExportSelection) throws {
        var inspection = ExportInspection()
        for summary in opened.sessions {
            let id = summary.description.id
            inspection.add(summary)
            let reader = ConversationReader(summary, of: opened.source, now: opened.now)
            while let (entry, exchange) = try reader.next() {
                guard selection.includes(summary, entry, exchange) else { continue }
                guard case .message(let message) = entry else {
                    inspection.add(entry, of: id, bytes: nil)
                    continue
                }
                switch message.body {
                case .inline(let bytes): inspection.add(entry, of: id, bytes: bytes)
                case .omitted: inspection.add(entry, of: id, bytes: nil)
                case .parts(let body, _):
                    inspection.add(entry, of: id, bytes: nil)
                    try opened.source.readParts(of: id, body: body) { part in
                        inspection.add(part: part, of: id, sequence: message.sequence)
                    }
                }
            }
            inspection.add(identityOf: summary)
        }
        if !quiet { for line in inspection.report() { complain(line) } }
        guard inspection.hasSecrets, !allowSecrets else { return }
        let places = inspection.findings(of: .secret).prefix(3).map(\.line).joined(separator: "; ")
        throw Failure(
            Failure.refused, "not exported, something looks like a secret: \(places)",
            hint: redact || !rules.isEmpty
                ? "it stands in a message over 1 MiB that no rule finds it in: name it in a file of rules "
                    + "(--rules), leave it out with a filter, or say --allow-secrets"
                : "look at it, then say --redact to replace it, leave it out with a filter, or say "
                    + "--allow-secrets")
    }
}
