import Platform
import Store
import Yams

/// A place in a YAML file of the user's: what is wrong there is told with file, line and column.
struct SettingsNode {
    let node: Node
    /// The file as the user named it.
    let file: String

    /// Bytes of a settings file at most: what people write by hand is far smaller.
    private static let sizeLimit = 1 << 20

    /// Reads a YAML file; nil when it holds nothing but comments.
    ///
    /// Throws `Failure` with 66 when there is no such file, with 64 when it is no YAML.
    static func read(_ file: String, system: SystemCalls = SystemCalls()) throws -> SettingsNode? {
        var bytes: [UInt8] = []
        do {
            try FileReading(StoreLocation.absolute(file), system: system).read { piece in
                bytes.append(contentsOf: piece)
                guard bytes.count <= sizeLimit else {
                    throw Failure(Failure.usage, "\(file): larger than \(sizeLimit >> 20) MiB")
                }
            }
        } catch let failure as StoreFailure {
            throw Failure(Failure.noInput, failure.message)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(Failure.usage, "\(file): not UTF-8")
        }
        return try parse(text, file: file)
    }

    /// The document in `text`.
    static func parse(_ text: String, file: String) throws -> SettingsNode? {
        do {
            return try compose(yaml: text).map { SettingsNode(node: $0, file: file) }
        } catch let error as YamlError {
            throw Failure(Failure.usage, "\(file)\(explanation(of: error))")
        }
    }

    private static func explanation(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ":\(mark.line):\(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let names, let context):
            ":\(context.mark.line):\(context.mark.column): "
                + "\(names.sorted().joined(separator: ", ")) stands there twice"
        case .reader(let problem, _, _, _): ": \(problem)"
        default: ": \(error)"
        }
    }

    /// What is to be said about this place: `FILE:LINE:COLUMN: text`, status 64.
    func failure(_ text: String, hint: String? = nil) -> Failure {
        let place = node.mark.map { ":\($0.line):\($0.column)" } ?? ""
        return Failure(Failure.usage, "\(file)\(place): \(text)", hint: hint)
    }

    var isMapping: Bool { node.mapping != nil }

    /// The members of a mapping, in order. Throws at a key that is none of `known`; nil knows all.
    func members(_ known: [String]?) throws -> [(key: String, value: SettingsNode)] {
        guard let mapping = node.mapping else {
            let words = known.map { " of \($0.joined(separator: ", "))" } ?? ""
            throw failure("a mapping\(words) is expected here")
        }
        return try mapping.map { key, value in
            let place = SettingsNode(node: key, file: file)
            let name = try place.text("a name")
            if let known, !known.contains(name) {
                throw place.failure(
                    "unknown key '\(name)'", hint: "known are \(known.joined(separator: ", "))")
            }
            return (name, SettingsNode(node: value, file: file))
        }
    }

    /// The elements of a sequence.
    func elements(_ what: String) throws -> [SettingsNode] {
        guard let sequence = node.sequence else { throw failure("a list of \(what) is expected here") }
        return sequence.map { SettingsNode(node: $0, file: file) }
    }

    /// A scalar as it is written, that is not empty.
    func text(_ what: String) throws -> String {
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            throw failure("\(what) is expected here")
        }
        return scalar.string
    }

    func number(_ what: String) throws -> Int {
        guard let number = Int(try text(what)) else { throw failure("\(what) is expected here, a number") }
        return number
    }

    /// `on` or `off`, `true` or `false`.
    func isOn() throws -> Bool {
        switch try text("on or off") {
        case "on", "true": true
        case "off", "false": false
        case let word: throw failure("'\(word)' is neither on nor off")
        }
    }
}
