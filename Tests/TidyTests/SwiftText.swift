/// A Swift file with its comments taken out and its string literals emptied, line by line: what is left is
/// code.
struct SwiftText {
    var path: String
    /// As written.
    var lines: [Substring]
    /// Without comments and without what stands between quotes; as many as `lines`.
    var code: [String]

    init(_ file: RepositoryTree.File) {
        path = file.path
        lines = file.lines
        var reader = LiteralReader()
        code = file.lines.map { reader.code(of: $0) }
    }

    static func all(in folder: String) -> [SwiftText] {
        RepositoryTree.files(in: folder, endingIn: [".swift"]).map(SwiftText.init)
    }

    /// The module a source file belongs to.
    var module: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    /// "path:line: what", for every line of code in which `pattern` finds something.
    func matches(_ pattern: some RegexComponent, _ what: String) -> [String] {
        code.indices.compactMap { index in
            code[index].firstMatch(of: pattern) == nil ? nil : "\(path):\(index + 1): \(what)"
        }
    }

    /// The functions, initializers and subscripts with a body: the line each begins on and how many it has.
    var functions: [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for index in code.indices where code[index].contains(SwiftText.functionStart) {
            var depth = 0
            var hasBody = false
            var end = index
            scan: for line in index..<code.count {
                end = line
                for byte in code[line].utf8 {
                    if byte == UInt8(ascii: "{") {
                        depth += 1
                        hasBody = true
                    } else if byte == UInt8(ascii: "}") {
                        depth -= 1
                        if depth <= 0 { break scan }
                    }
                }
                // A protocol's requirement, or a closure type: nothing opened before the next declaration.
                if !hasBody, line > index, code[line].contains(SwiftText.functionStart) { break scan }
            }
            if hasBody { found.append((index + 1, end - index + 1)) }
        }
        return found
    }

    private static var functionStart: some RegexComponent {
        /^\s*(@\w+(\([^)]*\))?\s+)*([a-z]+(\([a-z]+\))?\s+)*(func\s|init[?]?[(<]|subscript[(<])/
    }
}

/// Tells code from comments and literals; its state goes from line to line.
private struct LiteralReader {
    private enum State: Equatable {
        case code
        case comment(depth: Int)
        /// Between quotes: how many `#` and whether it is a multi-line literal.
        case literal(pounds: Int, isMultiline: Bool)
    }
    private var state = State.code

    mutating func code(of line: Substring) -> String {
        let bytes = Array(line.utf8)
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count {
            switch state {
            case .code:
                index += codeStep(bytes, index, &kept)
            case .comment(let depth):
                if bytes[index...].starts(with: Array("*/".utf8)) {
                    state = depth == 1 ? .code : .comment(depth: depth - 1)
                    index += 2
                } else {
                    index += 1
                }
            case .literal(let pounds, let isMultiline):
                let quotes = [UInt8](repeating: UInt8(ascii: "\""), count: isMultiline ? 3 : 1)
                let close = quotes + [UInt8](repeating: UInt8(ascii: "#"), count: pounds)
                if bytes[index...].starts(with: close) {
                    kept.append(UInt8(ascii: "\""))
                    state = .code
                    index += close.count
                } else {
                    index += bytes[index] == UInt8(ascii: "\\") && pounds == 0 ? 2 : 1
                }
            }
        }
        if case .literal(_, isMultiline: false) = state { state = .code }
        return String(decoding: kept, as: UTF8.self)
    }

    /// Reads one piece of code; how many bytes it took.
    private mutating func codeStep(_ bytes: [UInt8], _ index: Int, _ kept: inout [UInt8]) -> Int {
        let rest = bytes[index...]
        if rest.starts(with: Array("//".utf8)) { return bytes.count - index }
        if rest.starts(with: Array("/*".utf8)) {
            state = .comment(depth: 1)
            return 2
        }
        let pounds = rest.prefix { $0 == UInt8(ascii: "#") }.count
        let quotes = rest.dropFirst(pounds)
        if quotes.first == UInt8(ascii: "\"") {
            let isMultiline = quotes.starts(with: Array("\"\"\"".utf8))
            kept.append(UInt8(ascii: "\""))
            state = .literal(pounds: pounds, isMultiline: isMultiline)
            return pounds + (isMultiline ? 3 : 1)
        }
        kept.append(bytes[index])
        return 1
    }
}
