import Platform
import Recording
import Store

extension RedactCommand {
    func run() throws {
        let system = SystemCalls()
        let rules = try human.applied(to: files.rules())
        let terminal = global.terminal()
        let reference: RecordingReference
        do throws(RecordingReference.Failure) {
            reference = try RecordingReference(parsing: recording)
        } catch {
            throw Failure(Failure.usage, error.message)
        }
        guard reference.exchange == nil else {
            throw Failure(
                Failure.usage, "\(recording) is an exchange",
                hint: "whole sessions are redacted; mcptape export --redact writes a part of one")
        }
        let redaction = LaterRedaction(
            StoreRedactor.later(rules, store: try global.location().path, system: system))
        if case .file(let path) = reference.target {
            try redact(file: path, redaction, terminal, system)
        } else if let output {
            let opened = try OpenedRecording.open(recording, global: global)
            let source = RedactedSource(opened.source, redaction)
            try RecordingFileOutput.write(
                opened.sessions.map(\.description.id), of: source, to: StoreLocation.absolute(output),
                system: system)
            terminal.line("\(output): written; the store is as it was")
            terminal.flush()
            try opened.finish()
        } else {
            try redactInPlace(reference, redaction, terminal, system)
        }
        terminal.flush()
    }

    private func redact(
        file path: String, _ redaction: LaterRedaction, _ terminal: Terminal, _ system: SystemCalls
    ) throws {
        let recording = try RecordingFileInput.open(StoreLocation.absolute(path), system: system)
        let target = output ?? path
        let file = try AtomicFile(StoreLocation.absolute(target), system: system)
        let changed = try recording.writeRedacted(by: redaction) { try file.write($0) }
        try file.commit()
        terminal.line("\(target): \(HumanText.counted(changed, "message")) changed")
        terminal.flush()
        try recording.complainOfDamage()
    }

    /// All words are resolved before the first session is changed.
    private func redactInPlace(
        _ reference: RecordingReference, _ redaction: LaterRedaction, _ terminal: Terminal,
        _ system: SystemCalls
    ) throws {
        let opened = try OpenedStore.forWriting(global, system: system)
        var isLogEmpty = true
        for session in try opened.resolve(reference, recording).sessions {
            let id = session.description.id
            guard let report = try opened.store.redact(id, by: redaction) else { continue }
            isLogEmpty = isLogEmpty && report.isLogEmpty
            terminal.line(
                "\(id.text) \(DisplayText.oneLine(session.description.name, limit: 60)): "
                    + "\(HumanText.counted(report.messages, "message")) changed")
        }
        if !isLogEmpty {
            complain(
                "another process reads the store just now, so what was replaced is still in its write-ahead "
                    + "log; when that process is done: mcptape redact \(recording) --in-place")
        }
    }
}
