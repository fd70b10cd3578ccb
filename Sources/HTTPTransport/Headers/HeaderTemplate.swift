internal import Recording

/// `Name: text {env:NAME} {file:PATH} {cmd:COMMAND}`: a header whose value is put together when it is needed,
/// so that a credential stands on no command line.
public struct HeaderTemplate: Sendable, Hashable {
    public let name: String
    public let parts: [Part]

    /// A piece of the value.
    public enum Part: Sendable, Hashable {
        case text(String)
        /// An environment variable, read when mcptape starts.
        case environment(String)
        /// A file without the line end at its end, read again when it changes and after a 401.
        case file(String)
        /// What a shell command prints, without the line end at its end; run when mcptape starts.
        case command(String)
    }

    /// Reads `NAME: VALUE`.
    public init(_ text: String) throws(HTTPFailure) {
        guard let colon = text.firstIndex(of: ":") else {
            throw HTTPFailure(.setting, "a header is 'NAME: VALUE'")
        }
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        try self.init(name: String(text[..<colon]), value: String(value))
    }

    /// Reads a value; braces that begin with no word and a colon are text.
    ///
    /// A credential that stands there as it is is refused: command lines are seen by every process of the
    /// machine, and files are copied.
    public init(name: String, value: String) throws(HTTPFailure) {
        self.name = name
        guard !name.isEmpty, name.utf8.allSatisfy(HTTPText.isToken) else {
            throw HTTPFailure(.setting, "'\(name)' is no name of a header")
        }
        let field = HeadField.Kind(name: Array(name.utf8)[...])
        guard field == .other || field == .origin else {
            throw HTTPFailure(.setting, "the header \(name) is set by the relay itself")
        }
        parts = try HeaderTemplate.parts(of: value[...], header: name)
        let isLiteral = parts.allSatisfy { if case .text = $0 { true } else { false } }
        guard !isLiteral || !HeaderTemplate.isCredential(name) else {
            throw HTTPFailure(
                .setting,
                "the header \(name) is a credential, which does not belong here in clear: write {env:NAME}, "
                    + "{file:PATH} or {cmd:COMMAND} for it")
        }
    }

    private static func isCredential(_ name: String) -> Bool {
        name.lowercased() == "cookie" || SecretNames.isSensitive(name)
    }

    /// The value for people: what it is put together from, and of a command only that there is one, since a
    /// credential may stand in it. Text around a credential is not shown, but for the scheme.
    public var shown: String {
        let isCredential = HeaderTemplate.isCredential(name)
        return parts.map { part in
            switch part {
            case .text(let text):
                !isCredential || ["bearer ", "basic ", "token "].contains(text.lowercased()) ? text : "…"
            case .environment(let name): "{env:\(name)}"
            case .file(let path): "{file:\(path)}"
            case .command: "{cmd:…}"
            }
        }.joined()
    }

    /// Whether it runs a shell command.
    public var runsCommand: Bool { parts.contains { if case .command = $0 { true } else { false } } }

    /// Whether it takes anything from this machine: an environment variable, a file, a command's output.
    public var readsSecrets: Bool { parts.contains { if case .text = $0 { false } else { true } } }

    private static func parts(of value: Substring, header: String) throws(HTTPFailure) -> [Part] {
        let words: [(word: String, part: (String) -> Part)] = [
            ("{env:", Part.environment), ("{file:", Part.file), ("{cmd:", Part.command),
        ]
        var parts: [Part] = []
        var text = ""
        var rest = value
        scan: while let first = rest.first {
            for (word, part) in words where rest.hasPrefix(word) {
                let argument = rest.dropFirst(word.count)
                guard let close = argument.firstIndex(of: "}"), close > argument.startIndex else {
                    throw HTTPFailure(.setting, "\(header): '\(word)' has no argument or no closing brace")
                }
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(part(String(argument[..<close])))
                rest = argument[argument.index(after: close)...]
                continue scan
            }
            if let word = unknownWord(in: rest) {
                throw HTTPFailure(
                    .setting,
                    "\(header): there is no '{\(word):'; there are {env:NAME}, {file:PATH} and "
                        + "{cmd:COMMAND}")
            }
            text.append(first)
            rest.removeFirst()
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
    }

    /// `word` of `{word:…}` at the beginning of `text`: a slip of the pen would be sent to the server.
    private static func unknownWord(in text: Substring) -> Substring? {
        guard text.first == "{" else { return nil }
        let word = text.dropFirst().prefix { $0.isASCII && $0.isLetter }
        return !word.isEmpty && text.dropFirst(word.count + 1).first == ":" ? word : nil
    }

    /// The header with its environment variables and commands resolved; files are read at every use.
    ///
    /// - Parameters:
    ///   - environment: the value of a variable.
    ///   - command: what a shell command prints.
    public func resolved(
        environment: (String) -> String?, command: (String) throws(HTTPFailure) -> String
    ) throws(HTTPFailure) -> InjectedHeader {
        var sources: [InjectedHeader.Source] = []
        for part in parts {
            switch part {
            case .text(let text): sources.append(.text(text))
            case .file(let path): sources.append(.file(SecretFile(path)))
            case .environment(let variable):
                guard let value = environment(variable), !value.isEmpty else {
                    throw HTTPFailure(.setting, "\(name): the environment has no \(variable)")
                }
                sources.append(.text(value))
            case .command(let line):
                var output = Substring(try command(line))
                while output.last?.isNewline == true { output.removeLast() }
                guard !output.isEmpty else {
                    throw HTTPFailure(.setting, "\(name): '\(line)' printed nothing")
                }
                sources.append(.text(String(output)))
            }
        }
        let header = InjectedHeader(name: name, sources: sources)
        // What is wrong from the beginning is said at the beginning.
        _ = try header.current()
        return header
    }
}
