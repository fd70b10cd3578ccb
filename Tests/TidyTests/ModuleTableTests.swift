import Testing

/// The module table of ARCHITECTURE.md: what each target may import, and nothing else.
struct ModuleTableTests {
    private static let libc: Set<String> = ["Glibc", "Darwin"]
    private static let core: Set<String> = ["Wire", "MCPSemantics", "Recording"]
    private static let nio: Set<String> = [
        "NIOCore", "NIOConcurrencyHelpers", "NIOPosix", "NIOTLS", "NIOSSL",
    ]

    /// Imports point down only; adapters (Store, StdioTransport, HTTPTransport, Viewer, Exporters) never
    /// import each other.
    private static let table: [String: Set<String>] = [
        "Wire": ["CScan"],
        "Platform": libc.union(["CSystemCalls"]),
        "MCPSemantics": ["Wire"],
        "Recording": ["Wire", "MCPSemantics", "CScan"],
        "Journal": core.union(libc).union(["Platform", "CSystemCalls", "Synchronization"]),
        "Replay": core,
        "Telemetry": core,
        "Store": core.union(libc).union(["Telemetry", "Platform", "CSQLite", "CZlib", "CDeflate"]),
        "StdioTransport": core.union(libc).union(["Journal", "Replay", "Platform", "CSystemCalls"]),
        "HTTPTransport": core.union(libc).union(["Journal", "Replay", "Platform", "CSystemCalls"]).union(nio),
        "Viewer": ["Telemetry", "Recording", "MCPSemantics", "Wire", "CViewerPage"],
        "Exporters": core.union(["Telemetry"]),
        "mcptape": core.union(libc).union([
            "StdioTransport", "HTTPTransport", "Store", "Viewer", "Exporters", "Journal", "Replay",
            "Telemetry",
            "Platform", "ArgumentParser", "Yams",
        ]),
    ]
    private static let cTargets: Set<String> = [
        "CScan", "CSystemCalls", "CViewerPage", "CSQLite", "CZlib", "CDeflate",
    ]

    @Test func `a module imports only what the table allows`() {
        var found: [String] = []
        for file in SwiftText.sources {
            let allowed = Self.table[file.module] ?? []
            for (index, line) in file.code.enumerated() {
                guard line.contains("import"), let match = line.firstMatch(of: Self.importLine) else {
                    continue
                }
                let name = String(match.output.1)
                if !allowed.contains(name) {
                    found.append("\(file.path):\(index + 1): \(file.module) must not import \(name)")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `only what another module must see is imported in public`() {
        // A type of a system library in a public signature ties every reader to that library.
        let outside = Self.cTargets.union(Self.nio).union(["ArgumentParser", "Yams", "Synchronization"])
        var found: [String] = []
        for file in SwiftText.sources {
            for (index, line) in file.code.enumerated() where line.contains("public import") {
                guard line.contains("import"), let match = line.firstMatch(of: Self.importLine) else {
                    continue
                }
                if outside.contains(String(match.output.1)) {
                    found.append("\(file.path):\(index + 1): an outside dependency is an internal import")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `every source folder is a row of the table and of the architecture page`() throws {
        let modules = Set(
            RepositoryTree.files(in: "Sources", endingIn: [".swift", ".c", ".h"]).map(\.module))
        let page = try #require(RepositoryTree.files(in: "", endingIn: ["ARCHITECTURE.md"]).first)
        let text = page.lines.joined(separator: "\n")
        for module in modules {
            let name = String(module)
            #expect(Self.table[name] != nil || Self.cTargets.contains(name), "\(name) has no row")
            #expect(text.contains("**\(name)**"), "ARCHITECTURE.md does not name \(name)")
        }
    }

    @Test func `no type bears its module's name`() {
        var found: [String] = []
        for file in SwiftText.sources {
            for (index, line) in file.code.enumerated() {
                guard line.contains(file.module),
                    let match = line.firstMatch(of: /\b(struct|class|enum|actor|protocol)\s+(\w+)/)
                else {
                    continue
                }
                // The executable's module is lower case, and a store is a `Store` to everybody.
                if match.output.2 == file.module, file.module != "Store" {
                    found.append("\(file.path):\(index + 1): a type named like its module hides the module")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    private static var importLine: Regex<(Substring, Substring)> {
        #/
        ^\s* (?:@\w+\s+)* (?:(?:public|package|internal|private)\s+)? import\s+
        (?:(?:struct|class|func|enum|protocol|typealias|var|let)\s+)? (\w+)
        /#
    }
}
