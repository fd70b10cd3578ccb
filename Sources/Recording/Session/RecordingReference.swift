/// What somebody typed for RECORDING, in the order in which product.md reads it.
///
/// `github~1#14` and `x.mcptape.jsonl#14` name an exchange too. A path that ends otherwise cannot carry one:
/// it may end so itself.
public struct RecordingReference: Sendable, Hashable {
    public var target: Target
    /// The number after `#`: an exchange.
    public var exchange: Int?

    /// What is named.
    public enum Target: Sendable, Hashable {
        /// A file, by the path as typed.
        case file(String)
        /// `last`, `last~2`: so many before the newest session.
        case last(before: Int)
        /// `run:ID`: the run with that name, or the run of which a session's id begins so.
        case run(String)
        /// `run:last`: the run of the newest session.
        case lastRun
        /// An id, a server name or an id's beginning; `before` newer ones of that name are passed over.
        case word(String, before: Int)
    }

    /// Why a word cannot be a RECORDING.
    public struct Failure: Error, Sendable, Equatable {
        /// One line for a person, with what to type.
        public var message: String
    }

    /// Reads the word.
    public init(parsing text: String) throws(Failure) {
        guard !text.isEmpty else {
            throw Failure(
                message: "RECORDING is empty; type last, a session id, a server name or a file's path")
        }
        if let (path, number) = RecordingReference.exchange(inFile: text) {
            target = .file(path)
            exchange = number
            return
        }
        // Compared as bytes: a combining character after the slash would hide it.
        if text.utf8.contains(UInt8(ascii: "/")) || RecordingReference.namesFile(text) {
            target = .file(text)
            return
        }
        var word = text[...]
        if let hash = word.lastIndex(of: "#") {
            let digits = word[hash...].dropFirst()
            guard let number = Int(digits), number > 0, digits.allSatisfy(\.isNumber) else {
                throw Failure(message: "'\(text)': the exchange after # is a number from 1")
            }
            exchange = number
            word = word[..<hash]
        }
        if word.hasPrefix("run:") {
            let name = word.dropFirst(4)
            guard !name.isEmpty else { throw Failure(message: "run: has no name; type run:last or run:ID") }
            target = name == "last" ? .lastRun : .run(String(name))
            return
        }
        var before = 0
        if let tilde = word.lastIndex(of: "~") {
            let digits = word[tilde...].dropFirst()
            // `name~` alone is `name~1`, as in git.
            guard let number = digits.isEmpty ? 1 : Int(digits), number >= 0, digits.allSatisfy(\.isNumber)
            else {
                throw Failure(
                    message: "'\(text)': after ~ stands how many sessions to go back, such as last~2")
            }
            before = number
            word = word[..<tilde]
        }
        guard !word.isEmpty else { throw Failure(message: "'\(text)': no session is named before ~ or #") }
        target = word == "last" ? .last(before: before) : .word(String(word), before: before)
    }

    /// Whether a word is a file's path by its end alone; `#14` may then follow it.
    public static func namesFile(_ text: some StringProtocol) -> Bool {
        [".jsonl", ".gz"].contains { text.hasSuffix($0) }
    }

    private static func exchange(inFile text: String) -> (path: String, number: Int)? {
        guard let hash = text.lastIndex(of: "#"), namesFile(text[..<hash]) else { return nil }
        let digits = text[hash...].dropFirst()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits), number > 0 else {
            return nil
        }
        return (String(text[..<hash]), number)
    }

    /// What a reference means among the sessions of a store.
    public enum Resolution: Sendable, Equatable {
        /// The sessions named: one, or those of a run, oldest first; `rule` says how they were found.
        case found([SessionSummary], by: Rule)
        /// Several could be meant, newest first.
        case ambiguous([SessionSummary])
        /// None is; `hint` says what there is, for a person.
        case missing(hint: String)
    }

    /// How a reference was understood.
    public enum Rule: Sendable, Equatable {
        case last
        /// Readers say on standard error which run it is, and what joined its sessions.
        case run(Run)
        case id
        /// Readers say it on standard error: the name stood for its newest session.
        case serverName
        case idPrefix
    }

    /// Finds the sessions. `sessions` are the store's, newest first. A file is the caller's to open.
    ///
    /// `busy` is what `Run.grouped` asks. O(sessions); runs cost what `Run.grouped` does.
    public func resolve(
        among sessions: [SessionSummary], busy: (SessionSummary) throws -> [BusyStretch]?
    ) rethrows -> Resolution {
        switch target {
        case .file(let path): return .missing(hint: "\(path) is a file")
        case .last(let before):
            guard before < sessions.count else { return tooFew(sessions.count, of: "the store") }
            return .found([sessions[before]], by: .last)
        case .lastRun:
            guard let run = Run.newestFirst(try Run.grouped(sessions, busy: busy)).first else {
                return .missing(hint: "the store has no sessions")
            }
            return .found(run.sessions, by: .run(run))
        case .run(let name):
            return resolveRun(name, try Run.grouped(sessions, busy: busy), among: sessions)
        case .word(let word, let before): return resolve(word, before: before, among: sessions)
        }
    }

    private func resolve(_ word: String, before: Int, among sessions: [SessionSummary]) -> Resolution {
        if before == 0, let exact = sessions.first(where: { $0.description.id.text == word }) {
            return .found([exact], by: .id)
        }
        let named = sessions.filter { $0.description.name == word }
        if !named.isEmpty {
            guard before < named.count else { return tooFew(named.count, of: word) }
            return .found([named[before]], by: .serverName)
        }
        let prefixed = sessions.filter { $0.description.id.text.utf8.starts(with: word.utf8) }
        if prefixed.count == 1, before == 0 { return .found(prefixed, by: .idPrefix) }
        if prefixed.count > 1 { return .ambiguous(prefixed) }
        return .missing(hint: hint(for: word, among: sessions))
    }

    private func resolveRun(_ name: String, _ runs: [Run], among sessions: [SessionSummary]) -> Resolution {
        if let run = runs.first(where: { $0.id == name }) { return .found(run.sessions, by: .run(run)) }
        // The beginning of a session's id is the run in which the session began, or with minutes a later one.
        var members = runs.filter { run in
            run.parts.contains { $0.isFirst && $0.session.description.id.text.utf8.starts(with: name.utf8) }
        }
        if members.isEmpty, let dot = name.lastIndex(of: ".") {
            members = runs.filter {
                $0.id.utf8.starts(with: name[..<dot].utf8) && $0.id.hasSuffix(name[dot...])
            }
        }
        if members.count == 1 { return .found(members[0].sessions, by: .run(members[0])) }
        if members.count > 1 {
            let begin = name.prefix { $0 != "." }
            return .ambiguous(
                sessions.filter { $0.description.id.text.utf8.starts(with: begin.utf8) })
        }
        let close = ClosestWord.to(name, among: runs.compactMap(\.id))
        return .missing(hint: close.map { "did you mean run:\($0)?" } ?? "mcptape runs lists them")
    }

    private func tooFew(_ count: Int, of what: String) -> Resolution {
        switch count {
        case 0: .missing(hint: "\(what) has no sessions")
        case 1: .missing(hint: "\(what) has one session only")
        default: .missing(hint: "\(what) has \(count) sessions only; the oldest is ~\(count - 1)")
        }
    }

    private func hint(for word: String, among sessions: [SessionSummary]) -> String {
        guard !sessions.isEmpty else { return "the store has no sessions" }
        var names: [String] = []
        for session in sessions where !names.contains(session.description.name) {
            names.append(session.description.name)
            if names.count == RecordingReference.namesInHint { break }
        }
        if let close = ClosestWord.to(word, among: names) { return "did you mean \(close)?" }
        return "there are \(names.joined(separator: ", ")); mcptape sessions lists all"
    }

    /// Server names that a hint lists: one line.
    private static let namesInHint = 8
}
