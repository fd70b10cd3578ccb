import MCPSemantics
import Recording
import Testing
import Wire

@testable import Viewer

struct RecordingAPIViolationsTests {
    @Test(arguments: [(3, 1000, true), (3, 1, false), (1, 1000, true)])
    func `an id that was in flight is told with the message that used it again`(
        pings: Int, limit: Int, isWhole: Bool
    ) throws {
        var recording = MemoryRecording(
            SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio), redactor: nil)
        for number in 1...pings {
            recording.observe(
                Array(#"{"jsonrpc":"2.0","id":10,"method":"ping"}"#.utf8)[...], on: .clientToServer,
                at: Timestamp(nanoseconds: Int64(number) * 1_000_000))
        }
        let file = try FileRecording(bytes: recording.session.fileText())
        let target = "/api/sessions/s1/violations?limit=\(limit)"
        let request = try #require(APIRequest(PageRequest(target: target)))
        let answer = try #require(JSONTree(RecordingAPI(file, now: 0).answer(request).body[...])).root
        let found = answer["violations"].map { Array($0.children) } ?? []
        #expect(found.count == min(limit, pings - 1))
        #expect(answer["is_whole"]?.boolValue == isWhole)
        guard let first = found.first else { return }
        #expect(first["rule"]?.stringValue == "duplicate_id" && first["exchange"]?.intValue == 2)
        #expect(first["seq"]?.intValue == 2 && first["t_us"]?.intValue == 2000)
        #expect(first["text"]?.stringValue == "#2 has the id of #1, which was not answered yet")
    }
}
