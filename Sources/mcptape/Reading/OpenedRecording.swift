import ArgumentParser
import Glibc
import MCPSemantics
import Platform
import Recording
import Store
import Wire

/// What a RECORDING word led to: where it is read from, and the sessions it names.
struct OpenedRecording {
    let source: any RecordingSource
    /// Oldest first; at least one.
    let sessions: [SessionSummary]
    /// The exchange that the word named: `7k2f#14`.
    let exchange: Int?
    /// Wall clock of the command, nanoseconds since 1970.
    let now: Int64
    /// The run that the word named.
    var run: Run?
    /// The file that the word named, as it was typed.
    var file: String?

    /// Where what was named is read from: of a run only its stretch of each session.
    var named: any RecordingSource { run.map { StretchSource($0, of: source) } ?? source }

    /// Opens a file, or sessions of the store. `known` is what is in the file, where that was read already.
    static func open(
        _ word: String, global: GlobalOptions, isQuiet: Bool = false, known: [UInt8]? = nil
    ) throws -> OpenedRecording {
        let system = SystemCalls()
        let reference: RecordingReference
        do throws(RecordingReference.Failure) {
            reference = try RecordingReference(parsing: word)
        } catch {
            throw Failure(Failure.usage, error.message)
        }
        if case .file(let path) = reference.target {
            let place = StoreLocation.absolute(path)
            let bytes = try known ?? RecordingFileInput.bytes(of: place, system: system)
            let recording = try RecordingFileInput.complaining(
                RecordingFileInput.indexed(bytes, place), place)
            let sessions = try recording.sessions()
            guard !sessions.isEmpty else {
                throw Failure(
                    recording.faults.isEmpty ? Failure.noInput : Failure.io, "\(path) holds no session")
            }
            return OpenedRecording(
                source: recording, sessions: sessions.reversed(), exchange: reference.exchange,
                now: system.realtime(), file: path)
        }
        let opened = try OpenedStore.forReading(global, system: system)
        let (sessions, rule) = try opened.resolve(reference, word)
        if rule == .serverName, sessions.count == 1, !isQuiet {
            complain("\(word) is session \(sessions[0].description.id.text)")
        }
        var recording = OpenedRecording(
            source: opened.store, sessions: sessions, exchange: reference.exchange, now: system.realtime())
        guard case .run(let run) = rule else { return recording }
        recording.run = run
        if !isQuiet { complain("\(word) is \(said(of: run))") }
        return recording
    }

    /// The same for what takes all of a recording: a word that names one exchange is refused, rather than
    /// taken for more than it says. `what` tells why, `hint` what to do.
    func whole(_ what: String, hint: String) throws -> OpenedRecording {
        guard let exchange else { return self }
        throw Failure(Failure.usage, "#\(exchange) is one exchange, and \(what)", hint: hint)
    }

    /// Which run it is, what joined its sessions, and whether it is all of them.
    private static func said(of run: Run) -> String {
        let count = HumanText.counted(run.parts.count, "session")
        let rules = run.rules.map(\.text).joined(separator: " and ")
        let joints = rules.isEmpty ? "" : ", joined by \(rules)"
        let parts = run.parts.count { !$0.isWhole }
        let whole = parts == 0 ? "" : ", of \(parts) of them only a part"
        return "run \(run.id): \(count)\(joints)\(whole)"
    }

    /// The same recording as it is once rules were applied.
    func redacted(by redaction: LaterRedaction) throws -> OpenedRecording {
        let source = RedactedSource(source, redaction)
        return OpenedRecording(
            source: source, sessions: sessions.map { redaction.redacted($0) }, exchange: exchange, now: now,
            file: file)
    }

    /// What names a session, with an exchange's number behind it if wanted: the beginning of its id in the
    /// store, four characters at least, or the file's path. Nil where only flags do.
    func word(for summary: SessionSummary) throws -> String? {
        if let file { return sessions.count == 1 && RecordingReference.namesFile(file) ? file : nil }
        let id = summary.description.id.text
        let others = try source.sessions().map(\.description.id.text).filter { $0 != id }
        for length in OpenedRecording.wordLength..<max(OpenedRecording.wordLength + 1, id.count) {
            let word = String(id.prefix(length))
            if !others.contains(where: { $0.hasPrefix(word) }) { return word }
        }
        return id
    }

    /// The command that opens the viewer at the session's exchange `number`; 0: at the session.
    func opening(_ summary: SessionSummary, exchange number: Int) throws -> String {
        if let word = try word(for: summary) {
            return "mcptape open \(SessionHead.shellQuoted(word))" + (number > 0 ? "#\(number)" : "")
        }
        let which = sessions.count == 1 ? "" : " --session \(summary.description.id.text)"
        return "mcptape open \(SessionHead.shellQuoted(file ?? ""))\(which)"
            + (number > 0 ? " --exchange \(number)" : "")
    }

    /// Enough to tell a million sessions apart, most often.
    private static let wordLength = 4

    /// What is wrong with a session, the most important first; nothing when nothing is.
    func diagnoses(of summary: SessionSummary) throws -> [String] {
        try source.diagnoses(of: summary)
    }

    /// Says what could not be read, after everything else was shown, and ends with 74 when that is anything.
    func finish() throws { try source.complainOfDamage() }
}

extension RecordingSource {
    /// Says on standard error what could not be read so far, and throws 74 when that is anything.
    func complainOfDamage() throws {
        if let store = self as? Store {
            for damage in store.damage { complain(damage.text) }
            if !store.damage.isEmpty { throw ExitCode(Failure.io) }
        }
        // Its faults were said when it was opened.
        if let file = self as? FileRecording, !file.faults.isEmpty { throw ExitCode(Failure.io) }
    }
}

extension Filter {
    /// The filter that the words on the command line are, or a usage failure that shows where it went wrong.
    static func reading(_ words: [String]) throws -> Filter {
        do throws(FilterError) {
            return try Filter(parsing: words)
        } catch {
            throw Failure(Failure.usage, error.line)
        }
    }
}
