import MCPSemantics
import Recording
import Testing
import Wire

@testable import Viewer

struct PageExportTests {
    /// A session whose calls answer so many bytes each.
    private func recording(_ sizes: [Int], run: String? = nil) throws -> FileRecording {
        var description = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)
        description.run = run
        var recording = MemoryRecording(description, redactor: nil)
        var time: Int64 = 0
        func tell(_ text: String, _ lane: Lane) {
            time += 1_000_000
            recording.observe(Array(text.utf8)[...], on: lane, at: Timestamp(nanoseconds: time))
        }
        for (number, size) in sizes.enumerated() {
            tell(
                #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","params":{"name":"</script>"}}"#,
                .clientToServer)
            tell(
                #"{"jsonrpc":"2.0","id":\#(number),"result":{"v":""#
                    + String(repeating: "x", count: size) + #""}}"#, .serverToClient)
        }
        return try FileRecording(bytes: recording.session.fileText())
    }

    /// The file's text with nothing compressed, and what was said of it.
    private func export(
        _ file: FileRecording, isPart: Bool = false, limit: Int = 10 << 20
    ) throws -> (text: String, report: PageExport.Report) {
        let export = try PageExport(
            try file.sessions(), of: file, now: 0, version: "1", slow: 2_000_000_000,
            isPart: isPart, limit: limit, compress: { $0 })
        var bytes: [UInt8] = []
        let report = try export.write { bytes += $0 }
        #expect(report.size == bytes.count)
        return (String(decoding: bytes, as: UTF8.self), report)
    }

    /// The content of the element of that id, decoded.
    private func piece(_ name: String, of text: String) throws -> [UInt8] {
        let mark = "id=\"mcptape-\(name)\">"
        let start = try #require(text.firstRange(of: mark)?.upperBound)
        let end = try #require(text[start...].firstRange(of: "</script>")?.lowerBound)
        return decoded(text[start..<end])
    }

    private func decoded(_ base64: Substring) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var (bits, count, bytes) = (0, 0, [UInt8]())
        for character in base64 where character != "=" {
            bits = bits << 6 | (alphabet.firstIndex(of: character) ?? 0)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    @Test func `the index leads to every exchange and every message`() throws {
        let (text, report) = try export(try recording([10, 10, 10]))
        #expect(report.cutMessages == 0)
        let index = try #require(JSONTree(try piece("index", of: text)[...])).root
        let session = try #require(index["sessions"]?[0])
        #expect(session["session"]?.stringValue == "s1")
        let exchanges = try piece("\(session["exchanges"]?[0]?[1]?.intValue ?? -1)", of: text)
        #expect(JSONTree(exchanges[...])?.root.childCount == 3)
        let entries = try piece("\(session["entries"]?[0]?[1]?.intValue ?? -1)", of: text)
        #expect(entries.split(separator: 0x0A).count == 6)
        #expect(index["answers"]?["sessions/s1"]?["last_seq"]?.intValue == 6)
        #expect(index["answers"]?["sessions/s1/stats"]?["total"]?["count"]?.intValue == 3)
        #expect(index["answers"]?["runs/s1"]?["time"] != nil)
        #expect(index["slow_us"]?.intValue == 2_000_000 && index["is_part"] == nil)
        #expect(index["answers"]?["runs"]?["runs"]?.childCount == 1)
        // What a name holds ends no element.
        #expect(text.components(of: "</script>") == text.components(of: "<script "))
    }

    @Test func `a part says that it is one`() throws {
        let text = try export(try recording([10]), isPart: true).text
        let index = try #require(JSONTree(try piece("index", of: text)[...])).root
        #expect(index["is_part"]?.boolValue == true)
    }

    @Test func `a run may be called what parts of answers are called`() throws {
        let (text, _) = try export(try recording([10], run: "nightly/stats"))
        let index = try #require(JSONTree(try piece("index", of: text)[...])).root
        #expect(index["answers"]?["runs/nightly/stats"]?["time"] != nil)
        #expect(index["answers"]?["runs/nightly/stats/stats"]?["total"]?["count"]?.intValue == 1)
    }

    @Test func `what does not fit is left out, large payloads first, and it is said`() throws {
        let file = try recording([10, 300_000, 10, 40_000, 10])
        let whole = try export(file).report
        let (text, report) = try export(file, limit: whole.size - 100_000)
        #expect(report.cutMessages == 2 && report.cutBytes > 340_000 && report.size < whole.size - 100_000)
        let index = try #require(JSONTree(try piece("index", of: text)[...])).root
        #expect(index["cut"]?["messages"]?.intValue == 2)
        let entries = String(decoding: try piece("1", of: text), as: UTF8.self).split(separator: "\n")
        #expect(entries.map { $0.hasSuffix(",\"cut\":true}") } == (1...10).map { $0 == 4 || $0 == 8 })
        let least = try export(file, limit: 1000).report
        #expect(least.cutMessages == 10 && least.size > 1000)
    }
}

extension String {
    fileprivate func components(of mark: String) -> Int {
        var (count, rest) = (0, self[...])
        while let found = rest.firstRange(of: mark) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
