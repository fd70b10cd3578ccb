/// Replaces what looks like a credential in argv, before it is stored; the shape of the command stays.
///
/// Masked are: the value of an option, an assignment, a JSON member or a header with a credential's name;
/// every header value outside a short list; the value of `-e KEY=value` and of assignments before a program
/// (of the environment only names are stored); what follows the colon of `-u NAME:PASSWORD`; the password
/// options of `PasswordOptions`; user-info, query values and fragment of URLs; what has a credential's shape;
/// and long random-looking runs. A false alarm costs a word of a command line, a miss
/// costs the secret.
public enum CommandMask {
    /// What stands in place of a value.
    public static let placeholder = "[masked]"

    /// The masked argv, and the positions in it that differ from `argv`. O(characters).
    public static func mask(_ argv: [String]) -> (argv: [String], masked: [Int]) {
        var walk = CommandWalk()
        let result = argv.map { walk.mask($0) }
        return (result, argv.indices.filter { argv[$0] != result[$0] })
    }

    /// Masks user-info, query values, fragment and random-looking path segments of a URL, or of text with
    /// URLs.
    public static func mask(url: String) -> String { TextMask.mask(url) }
}

/// Walks over the words of a command, remembering what the next word is.
private struct CommandWalk {
    /// What the word before announced.
    private enum Expectation {
        /// An ordinary word.
        case nothing
        /// The value of an option with a credential's name.
        case secret
        /// `Name: value`.
        case header
        /// `KEY=value` or `KEY`.
        case environment
        /// `NAME` or `NAME:PASSWORD`.
        case user
        /// `Authorization:` stood alone: a scheme or the value follows.
        case credential
    }

    private var expectation = Expectation.nothing
    /// Assignments before a program are its environment.
    private var isBeforeProgram = true
    /// What the last known program takes as a password.
    private var passwords: PasswordOptions?

    mutating func mask(_ word: String) -> String {
        let expected = expectation
        expectation = .nothing
        switch expected {
        case .secret where !CommandWalk.isOption(word): return CommandMask.placeholder
        case .header:
            if word.hasSuffix(":"), !TextMask.isOpenHeader(word.dropLast()) { expectation = .credential }
            return TextMask.maskHeader(word)
        case .environment where CommandWalk.assignment(word) != nil: return maskAssignment(word)
        case .user where !CommandWalk.isOption(word): return CommandWalk.maskUser(word)
        case .credential where TextMask.isScheme(word):
            expectation = .credential
            return word
        case .credential:
            let quote = word.last.map { "\"'".contains($0) } == true ? String(word.suffix(1)) : ""
            return CommandMask.placeholder + quote
        case .nothing, .secret, .environment, .user: break
        }
        if case (let name, let value?)? = CommandWalk.option(word), CommandWalk.headerOptions.contains(name) {
            return maskOption(word, name: name, value: value)
        }
        if word.contains(where: \.isWhitespace) { return maskText(word) }
        if let masked = maskPassword(word) { return masked }
        if let (name, value) = CommandWalk.option(word) { return maskOption(word, name: name, value: value) }
        if CommandWalk.startsCommand.contains(word) {
            isBeforeProgram = true
            passwords = nil
            return word
        }
        if let (name, _) = CommandWalk.assignment(word) {
            return isBeforeProgram || SecretNames.isSensitive(name)
                ? maskAssignment(word) : TextMask.mask(word)
        }
        let program = ServerName.program(word)
        isBeforeProgram = program == "env"
        if let known = PasswordOptions.of(program) {
            passwords = known
        } else if passwords?.endsAtCommand == true {
            passwords = nil
        }
        let bare = word.drop { "\"'".contains($0) }
        if bare.hasSuffix(":"), SecretNames.isSensitive(bare.dropLast()) { expectation = .credential }
        return TextMask.mask(word)
    }

    /// `-pSECRET`, or `-p` before it, of a program that is known for it.
    private mutating func maskPassword(_ word: String) -> String? {
        guard let passwords, let head = passwords.head(of: word) else { return nil }
        guard head.count == word.count else { return head + CommandMask.placeholder }
        if passwords.takesNextWord { expectation = .secret }
        return word
    }

    private mutating func maskOption(_ word: String, name: String, value: String?) -> String {
        // `-H`, `-e` and `-u` mean the same nearly everywhere; their long forms do everywhere.
        let isHeader = CommandWalk.headerOptions.contains(name)
        let isEnvironment = ["e", "env", "environment"].contains(name)
        let isUser = CommandWalk.userOptions.contains(name)
        guard let value else {
            if word.hasPrefix("-e"), !word.hasPrefix("--"), word.count > 2 { return word }
            // `-uNAME:PASSWORD` is written together.
            if word.count > 2, word.hasPrefix("-u") || word.hasPrefix("-U"), word.contains(":") {
                return word.prefix(2) + CommandWalk.maskUser(String(word.dropFirst(2)))
            }
            expectation =
                isHeader
                ? .header
                : isEnvironment
                    ? .environment : isUser ? .user : SecretNames.isSensitive(name) ? .secret : .nothing
            return word
        }
        let head = word.dropLast(value.count)
        if isHeader {
            if value.hasSuffix(":"), !TextMask.isOpenHeader(value.dropLast()) { expectation = .credential }
            return head + TextMask.maskHeader(value)
        }
        if isEnvironment, CommandWalk.assignment(value) != nil { return head + maskAssignment(value) }
        if SecretNames.isSensitive(name), !value.isEmpty { return head + CommandMask.placeholder }
        if head.last == ":", value.isEmpty { expectation = .credential }
        // `-eKEY=value` is written together.
        if word.hasPrefix("-e"), !word.hasPrefix("--") { return head + CommandMask.placeholder }
        if isUser { return head + CommandWalk.maskUser(value) }
        return head + TextMask.mask(value)
    }

    private func maskAssignment(_ word: String) -> String {
        guard let (name, value) = CommandWalk.assignment(word), !value.isEmpty else { return word }
        return name + "=" + CommandMask.placeholder
    }

    /// A shell's command, or any text of several words: each is walked, the space between them stays.
    private func maskText(_ text: String) -> String {
        var inner = CommandWalk()
        var result = ""
        var word = ""
        // Keys with line feeds are found before the text is cut at them.
        for character in TextMask.mask(text) {
            if character.isWhitespace {
                if !word.isEmpty { result += inner.maskQuoted(word) }
                word = ""
                result.append(character)
            } else {
                word.append(character)
            }
        }
        return result + (word.isEmpty ? "" : inner.maskQuoted(word))
    }

    /// A word inside a text: what a shell would drop or cut around it stays around the masked word.
    private mutating func maskQuoted(_ word: String) -> String {
        let head = word.prefix { "\"'({`$".contains($0) }
        var body = word.dropFirst(head.count)
        var tail = ""
        while let last = body.last, "\"');}`,".contains(last) {
            tail = String(last) + tail
            body = body.dropLast()
        }
        let masked = body.isEmpty ? "" : mask(String(body))
        if tail.contains(";") { isBeforeProgram = true }
        return head + masked + tail
    }

    /// `NAME:PASSWORD`: the name stays. A colon before digits only is a group (`1000:1000`) or a port.
    private static func maskUser(_ word: String) -> String {
        guard !word.contains("://"), let colon = word.firstIndex(of: ":"),
            !word[colon...].dropFirst().allSatisfy(\.isNumber)
        else { return TextMask.mask(word) }
        return word[...colon] + CommandMask.placeholder
    }

    private static let headerOptions: Set<String> = ["H", "header", "headers"]

    private static let userOptions: Set<String> = ["u", "U", "user", "username", "proxy-user", "userpwd"]

    private static let startsCommand: Set<String> = [
        "&&", "||", ";", "|", "&", "exec", "export", "then", "do", "!",
    ]

    private static func isOption(_ word: String) -> Bool {
        word.hasPrefix("--") || (word.count == 2 && word.hasPrefix("-"))
    }

    /// `--name`, `-n`, `--name=value`: the name without dashes. A colon cuts only behind a credential's name.
    private static func option(_ word: String) -> (name: String, value: String?)? {
        guard word.hasPrefix("-"), word.count > 1 else { return nil }
        let body = word.drop { $0 == "-" }
        if let colon = body.firstIndex(where: { $0 == ":" || $0 == "=" }), body[colon] == ":",
            SecretNames.isSensitive(body[..<colon])
        {
            return (String(body[..<colon]), String(body[body.index(after: colon)...]))
        }
        guard let equals = body.firstIndex(of: "=") else { return (String(body), nil) }
        return (String(body[..<equals]), String(body[body.index(after: equals)...]))
    }

    /// `NAME=value` with a name that an environment could have.
    private static func assignment(_ word: String) -> (name: String, value: String)? {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return nil }
        let name = word[..<equals]
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }) else {
            return nil
        }
        return (String(name), String(word[word.index(after: equals)...]))
    }
}
