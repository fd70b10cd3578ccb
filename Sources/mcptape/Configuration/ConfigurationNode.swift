import Recording
import Yams

/// A place in a YAML file of the user's, the configuration or rules of redaction, read as what is needed;
/// what it cannot be is said with line and column.
struct ConfigurationNode {
    /// As it was named: what stands in messages.
    let file: String
    /// The key that leads here, for messages: `listeners`, `retention.age`.
    let name: String
    let node: Node
    /// Where the key stands, which says more than where an empty value would.
    private let keyMark: Mark?

    init(file: String, name: String = "", node: Node, keyMark: Mark? = nil) {
        self.file = file
        self.name = name
        self.node = node
        self.keyMark = keyMark
    }

    var line: Int { (node.mark ?? keyMark)?.line ?? 1 }

    /// A member of a mapping.
    struct Member {
        let key: String
        /// Where the key stands.
        let mark: Mark?
        let value: ConfigurationNode
    }

    /// What is wrong here, as the program says it.
    func fault(_ message: String, hint: String? = nil) -> Failure {
        ConfigurationNode.fault(message, at: node.mark ?? keyMark, of: file, hint: hint)
    }

    static func fault(
        _ message: String, at mark: Mark?, of file: String, hint: String? = nil
    ) -> Failure {
        let place = mark.map { ":\($0.line):\($0.column)" } ?? ""
        return Failure(Failure.usage, "\(file)\(place): \(message)", hint: hint)
    }

    // MARK: Containers

    /// The members of a mapping; an empty value has none. A key that is not in `known` is refused.
    func members(_ known: [String]) throws(Failure) -> [Member] {
        let members = try self.members()
        for member in members where !known.contains(member.key) {
            let close = ClosestWord.to(member.key, among: known)
            throw ConfigurationNode.fault(
                "unknown key '\(member.key)'" + (name.isEmpty ? "" : " in \(name)"), at: member.mark,
                of: file,
                hint: close.map { "did you mean \($0)?" } ?? "the keys are \(known.joined(separator: ", "))")
        }
        return members
    }

    /// The members of a mapping whose keys are names of the user's.
    func members() throws(Failure) -> [Member] {
        if isEmpty { return [] }
        guard case .mapping(let mapping) = node else { throw expected("a mapping (key: value)") }
        var members: [Member] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw ConfigurationNode.fault("a key is a word", at: key.mark, of: file)
            }
            let inner = ConfigurationNode(
                file: file, name: name.isEmpty ? scalar.string : "\(name).\(scalar.string)", node: value,
                keyMark: scalar.mark)
            members.append(Member(key: scalar.string, mark: scalar.mark, value: inner))
        }
        return members
    }

    /// The elements of a list.
    func elements() throws(Failure) -> [ConfigurationNode] {
        if isEmpty { return [] }
        guard case .sequence(let sequence) = node else {
            throw expected("a list ([a, b], or a line '- a' each)")
        }
        return sequence.map { ConfigurationNode(file: file, name: name, node: $0, keyMark: keyMark) }
    }

    /// Whether nothing stands here, or `null`.
    var isEmpty: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    // MARK: Values

    /// The text of a value that is not empty.
    func text() throws(Failure) -> String {
        guard case .scalar(let scalar) = node, !isEmpty, !scalar.string.isEmpty else {
            throw expected("a text")
        }
        guard scalar.string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw fault("\(name) holds a control character")
        }
        return scalar.string
    }

    /// `true` or `false`, not in quotes.
    func flag() throws(Failure) -> Bool {
        if case .scalar(let scalar) = node, scalar.style == .plain {
            if ["true", "True", "TRUE"].contains(scalar.string) { return true }
            if ["false", "False", "FALSE"].contains(scalar.string) { return false }
        }
        throw expected("true or false")
    }

    /// `on` or `off`, `true` or `false`.
    func isOn() throws(Failure) -> Bool {
        switch try text() {
        case "on", "true": return true
        case "off", "false": return false
        case let word: throw fault("'\(word)' is neither on nor off")
        }
    }

    func number() throws(Failure) -> Int {
        guard case .scalar(let scalar) = node, let value = Int(scalar.string) else {
            throw expected("a number")
        }
        return value
    }

    var isMapping: Bool { if case .mapping = node { true } else { false } }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type
    ) throws(Failure) -> Word where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard case .scalar(let scalar) = node, let value = Word(rawValue: scalar.string) else {
            throw expected("one of \(words.joined(separator: ", "))")
        }
        return value
    }

    /// Nanoseconds.
    func duration() throws(Failure) -> Int64 {
        guard case .scalar(let scalar) = node, let value = Quantity.duration(scalar.string) else {
            throw expected("a duration with its unit, as in 20s or 30d")
        }
        return value
    }

    /// Bytes, in the units of the flags.
    func size() throws(Failure) -> Int {
        guard case .scalar(let scalar) = node, let value = ByteCount(argument: scalar.string) else {
            throw expected("a size, as in 256MiB or 5GiB")
        }
        return value.bytes
    }

    /// A text, or a list of texts.
    func texts() throws(Failure) -> [String] {
        if case .scalar = node, !isEmpty { return [try text()] }
        var texts: [String] = []
        for element in try elements() { texts.append(try element.text()) }
        return texts
    }

    func expected(_ what: String) -> Failure {
        let found: String
        switch node {
        case .mapping: found = "a mapping"
        case .sequence: found = "a list"
        case .alias: found = "an alias"
        // A value may be a secret in the wrong place, so it is not repeated.
        case .scalar: found = isEmpty ? "nothing" : "something else"
        }
        return fault("\(name.isEmpty ? "the file" : name) must be \(what), and here is \(found)")
    }
}
