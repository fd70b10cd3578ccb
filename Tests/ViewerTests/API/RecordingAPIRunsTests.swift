import MCPSemantics
import Recording
import Testing
import Wire

@testable import Viewer

/// Runs, and what a page needs to show the whole of a session.
struct RecordingAPIRunsTests {
    private let api: RecordingAPI

    /// Two sessions of one run, begun 5 ms apart, each with one handshake and a call; and one by itself.
    init() throws {
        var sources: [FileRecording] = []
        for (number, (name, run)) in [("one", "r 1"), ("two", "r 1"), ("three", nil)].enumerated() {
            var description = SessionDescription(id: SessionID("s\(number)"), name: name, transport: .stdio)
            description.run = run
            description.startRealtime = Int64(number) * 5_000_000
            var recording = MemoryRecording(description, redactor: nil)
            func tell(_ text: String, _ lane: Lane, at milliseconds: Int64) {
                recording.observe(
                    Array(text.utf8)[...], on: lane, at: Timestamp(nanoseconds: milliseconds * 1_000_000))
            }
            tell(
                #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#
                    + #""capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#, .clientToServer, at: 0)
            tell(
                #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{},"#
                    + #""serverInfo":{"name":"s","version":"2"}}}"#, .serverToClient, at: 1)
            tell(
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#, .clientToServer,
                at: 4)
            tell(
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#, .serverToClient, at: 10)
            sources.append(try FileRecording(bytes: recording.session.fileText()))
        }
        api = RecordingAPI(try RecordingGroup(sources), now: 0)
    }

    private func ask(_ target: String, status: Int = 200) throws -> JSONTree {
        let answer = api.answer(try #require(APIRequest(PageRequest(target: target))))
        #expect(answer.status == status, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        return try #require(JSONTree(answer.body[...]))
    }

    @Test func `runs come in pages, newest first, as runs --json has them`() throws {
        let all = try ask("/api/runs")
        #expect(all.root["runs"]?.children.map { $0["run"]?.stringValue } == ["s2", "r 1"])
        #expect(all.root["next"]?.isNull == true)
        let first = try ask("/api/runs?limit=1")
        #expect(first.root["next"]?.stringValue == "s2@10000000")
        let second = try ask("/api/runs?limit=1&before=s2")
        #expect(try ask("/api/runs?before=s2@10000000").root["runs"]?.childCount == 1)
        #expect(try ask("/api/runs?before=zz@10000000").root["runs"]?.childCount == 2)
        #expect(try ask("/api/runs?before=zz@5000000").root["runs"]?.childCount == 1)
        #expect(second.root["runs"]?.children.map { $0["exchanges"]?.intValue } == [4])
        #expect(second.root["next"]?.isNull == true)
        #expect(try ask("/api/runs?filter=server:two").root["runs"]?.childCount == 1)
        _ = try ask("/api/runs?before=gone", status: 404)
        _ = try ask("/api/runs?limit=0", status: 400)
    }

    @Test func `a run says where its time went, and which sessions it has`() throws {
        let run = try ask("/api/runs/r%201")
        #expect(run.root["run"]?["joined_by"]?[0]?["rule"]?.stringValue == "named")
        #expect(run.root["sessions"]?.children.map { $0["session"]?.stringValue } == ["s0", "s1"])
        let time = try #require(run.root["time"])
        #expect(time["total_us"]?.intValue == 15000)
        #expect(time["run"]?.stringValue == "r 1" && time["sessions"]?.intValue == 2)
        let parts = ["outside_us", "servers_us", "person_us", "model_us", "client_us", "startup_us"]
        #expect(parts.compactMap { time[$0]?.intValue }.reduce(0, +) == 15000)
        #expect(time["servers"]?.children.compactMap { $0["us"]?.intValue }.reduce(0, +) == 11000)
        _ = try ask("/api/runs/none", status: 404)
    }

    @Test func `figures of a run are over all of its sessions`() throws {
        let stats = try ask("/api/runs/r%201/stats")
        #expect(stats.root["total"]?["count"]?.intValue == 4)
        #expect(stats.root["slowest"]?[0]?["method"]?.stringValue == "tools/call")
        #expect(stats.root["tools"]?.children.compactMap { $0["calls"]?.intValue } == [1, 1])
        let some = try ask("/api/runs/r%201/stats?filter=server:one+tool:t")
        #expect(some.root["total"]?["count"]?.intValue == 1)
        #expect(some.root["by_server"]?.children.map { $0["server"]?.stringValue } == ["one"])
    }

    @Test func `figures of a run are also by server`() throws {
        let stats = try ask("/api/runs/r%201/stats")
        let rows = stats.root["by_server"]?.children.map { row in
            [row["server"], row["method"], row["name"]].compactMap { $0?.stringValue }.joined(separator: " ")
        }
        let wanted = [
            "one initialize", "one tools/call t", "two initialize", "two tools/call t",
        ]
        #expect(rows == wanted)
        #expect(stats.root["by_server"]?.children.allSatisfy { $0["count"]?.intValue == 1 } == true)
        #expect(stats.root["by_server"]?.children.allSatisfy { $0["p95_us"]?.intValue != nil } == true)
    }

    @Test func `a session's density counts what began in each stretch of its time`() throws {
        let density = try ask("/api/sessions/s0/density?buckets=4").root
        func numbers(_ name: String) -> [Int] { density[name]?.children.compactMap(\.intValue) ?? [] }
        #expect(density["to_us"]?.intValue == 10001)
        #expect(numbers("exchanges") == [1, 1, 0, 0])
        #expect(numbers("errors") == [0, 1, 0, 0])
        #expect(numbers("longest_us") == [1000, 6000, 0, 0])
        #expect(numbers("first") == [1, 2, 0, 0])
        _ = try ask("/api/sessions/s0/density?buckets=0", status: 400)
    }

    @Test func `messages come without what they say when that is not wanted`() throws {
        let with = try ask("/api/sessions/s0/entries")
        let without = try ask("/api/sessions/s0/entries?payload=no")
        #expect(with.root["entries"]?.children.allSatisfy { $0["msg"] != nil } == true)
        #expect(without.root["entries"]?.children.allSatisfy { $0["msg"] == nil } == true)
        #expect(without.root["entries"]?.children.map { $0["seq"]?.intValue } == [1, 2, 3, 4])
        _ = try ask("/api/sessions/s0/entries?payload=some", status: 400)
        #expect(try ask("/api/sessions/s0").root["last_seq"]?.intValue == 4)
    }
}
