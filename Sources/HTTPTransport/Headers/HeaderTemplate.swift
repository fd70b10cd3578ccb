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

    /// Reads a template; braces that begin with none of the three words are text.
    public init(_ text: String) throws(HTTPFailure) {
        guard let colon = text.firstIndex(of: ":") else {
            throw HTTPFailure(.setting, "a header is 'NAME: VALUE'")
        }
        name = String(text[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy(HTTPText.isToken) else {
            throw HTTPFailure(.setting, "'\(name)' is no name of a header")
        }
        let field = HeadField.Kind(name: Array(name.utf8)[...])
        guard field == .other || field == .origin else {
            throw HTTPFailure(.setting, "the header \(name) is set by the relay itself")
        }
        let value = Substring(text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        parts = try HeaderTemplate.parts(of: value, header: name)
    }

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
            text.append(first)
            rest.removeFirst()
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
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
