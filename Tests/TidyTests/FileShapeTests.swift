import Testing

/// Sizes and names: a file holds one idea, and a newcomer finds it by its name.
struct FileShapeTests {
    private static let fileLimit = 400
    private static let functionLimit = 70
    private static let columnLimit = 110

    private static let programs: [RepositoryTree.File] =
        ["Sources", "Tests", "Scripts", "Benchmarks", "Package.swift"].flatMap {
            RepositoryTree.files(in: $0, endingIn: [".swift", ".c", ".h", ".py", ".sh"])
        }

    @Test func `a file has at most 400 lines`() {
        let found = Self.programs.filter { $0.lines.count > Self.fileLimit + 1 }
            .map { "\($0.path): \($0.lines.count - 1) lines" }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a line has at most 110 columns, no tab, no white space at its end`() {
        var found: [String] = []
        for file in Self.programs {
            let code = file.path.hasSuffix(".swift") && hasLongLine(file) ? SwiftText(file).code : []
            for (index, line) in file.lines.enumerated() {
                let place = "\(file.path):\(index + 1):"
                if line.utf8.count > Self.columnLimit, line.count > Self.columnLimit {
                    // A string literal is not wrapped, one line or many.
                    let isComment = line.drop { $0 == " " }.hasPrefix("//")
                    let isLiteral =
                        !code.isEmpty && !isComment && (code[index].isEmpty || code[index].contains("\""))
                    if !isLiteral { found.append("\(place) \(line.count) columns") }
                }
                if line.utf8.contains(UInt8(ascii: "\t")) { found.append("\(place) a tab") }
                if line.last == " " { found.append("\(place) ends in white space") }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    private func hasLongLine(_ file: RepositoryTree.File) -> Bool {
        file.lines.contains { $0.utf8.count > Self.columnLimit }
    }

    @Test func `a file ends with one line feed`() {
        let found = Self.programs.filter { !$0.bytes.isEmpty }.filter { file in
            file.bytes.last != UInt8(ascii: "\n")
                || file.bytes.suffix(2).allSatisfy { $0 == UInt8(ascii: "\n") }
        }.map(\.path)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a function has at most 70 lines`() {
        var found: [String] = []
        for file in SwiftText.sources + SwiftText.tests {
            for function in file.functions where function.length > Self.functionLimit {
                found.append("\(file.path):\(function.line): \(function.length) lines")
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a file is not named for a drawer`() {
        let drawers: Set<String> = ["Utils", "Utilities", "Helpers", "Common", "Extensions", "Misc", "Start"]
        let found =
            (RepositoryTree.files(in: "Sources", endingIn: [".swift"])
            + RepositoryTree.files(in: "Tests", endingIn: [".swift"])).filter { file in
                let words = file.name.dropLast(".swift".count).split(separator: "+")
                return words.contains { drawers.contains(String($0)) }
            }.map(\.path)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a test file is named for the source file that it tests`() {
        var names: [Substring: [Substring]] = [:]
        for file in RepositoryTree.files(in: "Sources", endingIn: [".swift"]) {
            names[file.module, default: []].append(file.name.dropLast(".swift".count))
        }
        var found: [String] = []
        for file in RepositoryTree.files(in: "Tests", endingIn: ["Tests.swift"])
        where file.module != "TidyTests" {
            let name = file.name.dropLast("Tests.swift".count)
            let sources = names[file.module.dropLast("Tests".count)] ?? []
            // `RecorderChunkingTests` is a further aspect of `Recorder`.
            let isNamedForOne = sources.contains { source in
                name.hasPrefix(source.split(separator: "+").first ?? source)
                    || name.hasPrefix(source.filter { $0 != "+" })
            }
            if !isNamedForOne { found.append("\(file.path): no source file of that name") }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
}
