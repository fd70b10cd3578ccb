/// A Swift file with its comments taken out and its string literals emptied, line by line: what is left is
/// code.
struct SwiftText {
    var path: String
    /// As written.
    var lines: [Substring]
    /// Without comments and without what stands between quotes; as many as `lines`.
    var code: [String]
    /// `code`, as bytes.
    private var joined: [UInt8]

    init(_ file: RepositoryTree.File) {
        path = file.path
        lines = file.lines
        var reader = LiteralReader()
        code = file.lines.map { reader.code(of: $0) }
        joined = Array(code.joined(separator: "\n").utf8)
    }

    static let sources = RepositoryTree.files(in: "Sources", endingIn: [".swift"]).map(SwiftText.init)
    static let tests = RepositoryTree.files(in: "Tests", endingIn: [".swift"]).map(SwiftText.init)

    /// The module a source file belongs to.
    var module: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    /// "path:line: what", for every line of code in which `pattern` finds something.
    ///
    /// `words`: texts of which one stands in whatever `pattern` finds. Files without any of them are not
    /// searched, which keeps these tests at seconds.
    func matches(_ pattern: some RegexComponent, _ words: [String], _ what: String) -> [String] {
        guard words.contains(where: { RepositoryTree.contains($0, in: joined) }) else { return [] }
        return code.indices.compactMap { index in
            code[index].firstMatch(of: pattern) == nil ? nil : "\(path):\(index + 1): \(what)"
        }
    }

    /// The functions, initializers and subscripts with a body: the line each begins on and how many it has.
    var functions: [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for index in code.indices {
            // Cheap first: the pattern is asked of few lines.
            guard ["func", "init", "subscript"].contains(where: code[index].contains),
                code[index].contains(SwiftText.functionStart)
            else { continue }
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
                if bytes[index] == UInt8(ascii: "*"), follows(UInt8(ascii: "/"), bytes, index) {
                    state = depth == 1 ? .code : .comment(depth: depth - 1)
                    index += 2
                } else {
                    index += 1
                }
            case .literal(let pounds, let isMultiline):
                let quotes = isMultiline ? 3 : 1
                if bytes[index] == UInt8(ascii: "\""), isClosed(bytes, index, quotes, pounds) {
                    kept.append(UInt8(ascii: "\""))
                    state = .code
                    index += quotes + pounds
                } else {
                    index += bytes[index] == UInt8(ascii: "\\") && pounds == 0 ? 2 : 1
                }
            }
        }
        if case .literal(_, isMultiline: false) = state { state = .code }
        return String(decoding: kept, as: UTF8.self)
    }

    private func follows(_ byte: UInt8, _ bytes: [UInt8], _ index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index + 1] == byte
    }

    private func isClosed(_ bytes: [UInt8], _ index: Int, _ quotes: Int, _ pounds: Int) -> Bool {
        guard index + quotes + pounds <= bytes.count else { return false }
        return bytes[index..<index + quotes].allSatisfy { $0 == UInt8(ascii: "\"") }
            && bytes[index + quotes..<index + quotes + pounds].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    /// Reads one piece of code; how many bytes it took.
    private mutating func codeStep(_ bytes: [UInt8], _ index: Int, _ kept: inout [UInt8]) -> Int {
        let byte = bytes[index]
        if byte == UInt8(ascii: "/"), follows(byte, bytes, index) { return bytes.count - index }
        if byte == UInt8(ascii: "/"), follows(UInt8(ascii: "*"), bytes, index) {
            state = .comment(depth: 1)
            return 2
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#") {
            let pounds = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
            let quotes = bytes[(index + pounds)...].prefix { $0 == UInt8(ascii: "\"") }.count
            if quotes > 0 {
                kept.append(UInt8(ascii: "\""))
                state = .literal(pounds: pounds, isMultiline: quotes >= 3)
                return pounds + (quotes >= 3 ? 3 : 1)
            }
        }
        kept.append(byte)
        return 1
    }
}
