import Testing

/// What is public is explained; what the pages point at exists.
struct DocumentationTests {
    /// Types and functions. Stored properties, cases and memberwise initializers are parts of a shape: the
    /// type's comment explains them, and they carry their own where the name does not say it all.
    private static var explained: Regex<(Substring, Substring)> {
        #/
        ^\s* (?:@\w+(?:\([^)]*\))?\s+)* (?:public|package|open)\s+ (?:[a-z]+\s+)*?
        (struct|class|enum|actor|protocol|func|subscript|typealias)\b
        /#
    }
    /// Requirements of the standard library's protocols, whose meaning is known.
    private static var known: some RegexComponent {
        #/
        func\s+(==|<|hash\(|encode\(|makeIterator|next\(|callAsFunction)
        | subscript\(_\s\w+:\s(Direction|Int)\) | typealias\sElement
        /#
    }

    @Test func `public types and functions have a documentation comment`() {
        var found: [String] = []
        for file in SwiftText.sources {
            var isConforming = false
            for index in file.code.indices {
                let line = file.code[index]
                // What a protocol requires is explained there.
                if line.hasPrefix("extension ") { isConforming = line.contains(":") }
                if line.hasPrefix("}") { isConforming = false }
                guard line.contains("public ") || line.contains("package "), !isConforming,
                    line.firstMatch(of: Self.explained) != nil
                else { continue }
                if file.code[index].contains(Self.known) { continue }
                var before = index - 1
                while before >= 0, file.lines[before].contains(/^\s*(@|#if|#else|#endif|\/\/[^\/])/) {
                    before -= 1
                }
                let isExplained = before >= 0 && file.lines[before].contains(/^\s*(\/\/\/|\*\/)/)
                if !isExplained { found.append("\(file.path):\(index + 1): \(file.lines[index])") }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `links between the pages lead somewhere`() {
        var found: [String] = []
        for page in RepositoryTree.files(in: "", endingIn: [".md"]) {
            let folder = page.path.split(separator: "/").dropLast().map(String.init)
            for (index, line) in page.lines.enumerated() {
                for match in line.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
                    let target = String(match.output.1)
                    if target.contains("://") || target.hasPrefix("mailto:") { continue }
                    if !RepositoryTree.exists(Self.resolve(target, from: folder)) {
                        found.append("\(page.path):\(index + 1): \(target)")
                    }
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    private static func resolve(_ target: String, from folder: [String]) -> String {
        var parts = folder
        for part in target.split(separator: "/") {
            if part == ".." {
                parts = Array(parts.dropLast())
            } else if part != "." {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
