import MCPSemantics
import Testing

@testable import Recording

struct HTTPRecorderCodingTests {
    /// A coding that every test can read: each byte is inverted; a zero byte is damage.
    ///
    /// `@unchecked Sendable`: it has no state that changes.
    private final class Inversion: ContentDecoder {
        func push(_ bytes: ArraySlice<UInt8>, _ receive: (ArraySlice<UInt8>) -> Void) -> Bool {
            if let end = bytes.firstIndex(of: 0) {
                receive(bytes[..<end].map { ~$0 }[...])
                return false
            }
            receive(bytes.map { ~$0 }[...])
            return true
        }
    }

    private let decoding: ContentDecoding = { $0 == "inverted" ? Inversion() : nil }

    private func respond(
        _ recorder: inout HTTPRecorder, coding: String, type: String = "application/json", _ body: [[UInt8]],
        afterFirst: (inout HTTPRecorder) -> Void = { _ in }
    ) -> [SessionRecords] {
        let id = StreamID(1)
        let fields = [
            HTTPField(name: "Content-Type", value: type), HTTPField(name: "Content-Encoding", value: coding),
        ]
        recorder.observe(
            .requestHead(
                HTTPRequestHead(connection: 1, peer: "p:1", route: "", method: "POST", target: "/"),
                stream: id, at: .zero))
        recorder.observe(
            .bytes(Array(HTTPTraffic.call("1").utf8)[...], on: .clientToServer, stream: id, at: .zero))
        recorder.observe(.laneEnded(.clientToServer, stream: id, at: .zero))
        recorder.observe(
            .responseHead(HTTPResponseHead(status: 200, reason: "OK", fields: fields), stream: id, at: .zero))
        for (index, piece) in body.enumerated() {
            recorder.observe(.bytes(piece[...], on: .serverToClient, stream: id, at: .zero))
            if index == 0 { afterFirst(&recorder) }
        }
        recorder.observe(.laneEnded(.serverToClient, stream: id, at: .zero))
        recorder.observe(.streamClosed(StreamClosure(.upstream, .complete), stream: id, at: .zero))
        return recorder.takeRecords()
    }

    private func coded(_ text: String) -> [UInt8] { text.utf8.map { ~$0 } }

    @Test func `a content coding is undone, in bodies and in event streams`() {
        for (type, text) in [
            ("application/json", HTTPTraffic.result("1")),
            ("text/event-stream", "data: \(HTTPTraffic.result("1"))\n\n"),
        ] {
            var recorder = HTTPRecorder(listener: HTTPTraffic.listener, decoding: decoding)
            let records = respond(
                &recorder, coding: "Inverted", type: type, coded(text).map { [$0] })
            #expect(records[0].exchanges.map(\.outcome) == [.ok])
            #expect(records[0].texts.last == HTTPTraffic.result("1"))
        }
    }

    @Test func `an unknown coding leaves the body as it came`() {
        var recorder = HTTPRecorder(listener: HTTPTraffic.listener, decoding: decoding)
        let records = respond(&recorder, coding: "br", [coded("abc")])
        #expect(records[0].messages.last?.kind == .foreign)
        #expect(records[0].messages.last?.body == .inline(coded("abc")[...]))
    }

    @Test func `a damaged coding leaves a piece and what follows`() {
        var recorder = HTTPRecorder(listener: HTTPTraffic.listener, decoding: decoding)
        let records = respond(&recorder, coding: "inverted", [coded("abc") + [0], [1, 2]])
        #expect(records[0].messages.last?.isPartial == true)
        #expect(records[0].messages.last?.body == .inline((Array("abc".utf8) + [1, 2])[...]))
    }

    @Test func `an interruption in the middle changes nothing`() {
        let pieces = [
            coded(String(HTTPTraffic.result("1").prefix(9))),
            coded(String(HTTPTraffic.result("1").dropFirst(9))),
        ]
        var recorder = HTTPRecorder(listener: HTTPTraffic.listener, decoding: decoding)
        var earlier: [RecordedEvent] = []
        var records = respond(&recorder, coding: "inverted", pieces) { recorder in
            let known = recorder.takeRecords()
            earlier = known[0].events
            recorder = HTTPRecorder(
                listener: HTTPTraffic.listener, resuming: recorder.checkpoint(), decoding: decoding
            ) { _ in JournalCoverage(position: 0, checkpoint: known[0].checkpoint) }
        }
        records[0].events = earlier + records[0].events
        #expect(records[0].exchanges.map(\.outcome) == [.ok])
        #expect(records[0].texts.last == HTTPTraffic.result("1"))
    }
}
