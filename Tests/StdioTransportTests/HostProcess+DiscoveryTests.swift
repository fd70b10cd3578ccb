import Recording
import Testing

@testable import StdioTransport

struct HostProcessDiscoveryTests {
    @Test func `a name with spaces and parentheses ends at the last one`() throws {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2 3"
        let facts = try #require(ProcessFiles.parse(Array(line.utf8)))
        #expect(facts == ProcessFiles.Facts(parent: 7, startTicks: 123_456, name: "a (b) c"))
    }

    @Test(arguments: ["", "42", "42 (x", "42 (x)", "42 (x) S", "42 )x( S 7", "42 (x) S seven 1 2 3"])
    func `a line that is damaged tells nothing`(_ line: String) {
        #expect(ProcessFiles.parse(Array(line.utf8)) == nil)
    }

    @Test func `an executable that was replaced keeps its name`() {
        #expect(ProcessFiles.fileName(Array("/usr/bin/node (deleted)".utf8)) == "node")
        #expect(ProcessFiles.fileName(Array("/usr/bin/python3.11".utf8)) == "python3.11")
        #expect(ProcessFiles.fileName([]) == nil)
    }

    @Test func `this process has a host`() throws {
        let host = try #require(HostProcess.discovered())
        #expect(host.processID > 0)
        #expect(!HostProcess.shells.contains(host.name))
    }
}
