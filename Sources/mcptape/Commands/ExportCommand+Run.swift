import ArgumentParser
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
        try inspect(shared, selection)
        let output = RecordingFileOutput(shared.sessions, of: shared.source, isSelection: !selection.isWhole)
        if let path = self.output {
            let file = try AtomicFile(StoreLocation.absolute(path), system: system)
            try output.write(including: selection.includes) { try file.write($0) }
            try file.commit()
        } else {
            let terminal = global.terminal()
            try output.write(including: selection.includes) { terminal.write($0) }
            terminal.flush()
        }
        try opened.finish()
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
