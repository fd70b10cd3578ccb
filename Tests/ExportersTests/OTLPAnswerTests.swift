import Testing

@testable import Exporters

struct OTLPAnswerTests {
    private static let now: Int64 = 784_111_777 * 1_000_000_000

    private func outcome(
        _ status: Int, _ body: [UInt8] = [], type: String = "application/x-protobuf",
        retryAfter: String? = nil
    ) -> OTLPOutcome {
        OTLPOutcome(
            status: status, contentType: type, retryAfter: retryAfter, body: body[...], now: Self.now)
    }

    private func json(_ status: Int, _ text: String) -> OTLPOutcome {
        outcome(status, Array(text.utf8), type: "application/json; charset=utf-8")
    }

    private static let taken = OTLPOutcome.accepted(rejected: 0, warning: "")

    @Test func `four statuses are tried again, and no other`() {
        for status in 200...599 {
            let isRetryable =
                if case .retryable = outcome(status) { true } else { false }
            #expect(isRetryable == [429, 502, 503, 504].contains(status), "\(status)")
        }
    }

    @Test func `a partial success is read in both encodings`() {
        // partial_success { rejected_spans: 300 error_message: "no" }
        let bytes: [UInt8] = [0x0A, 0x07, 0x08, 0xAC, 0x02, 0x12, 0x02, 0x6E, 0x6F]
        #expect(outcome(200, bytes) == .accepted(rejected: 300, warning: "no"))
        for key in ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"] {
            let text = #"{"partialSuccess":{"\#(key)":"3","errorMessage":"no"}}"#
            #expect(json(200, text) == .accepted(rejected: 3, warning: "no"))
        }
        #expect(json(200, #"{"partialSuccess":{"rejectedSpans":3}}"#) == .accepted(rejected: 3, warning: ""))
    }

    @Test func `an answer without a partial success takes everything`() {
        for text in ["", "{}", #"{"partialSuccess":null}"#, #"{"partialSuccess":{}}"#, "garbage", "[1]"] {
            #expect(json(200, text) == Self.taken, "\(text)")
        }
        let bodies: [[UInt8]] = [[], [0xFF], [0x0A, 0x09, 0x08], [0x0A, 0x00], Array("<html>".utf8)]
        for body in bodies { #expect(outcome(200, body) == Self.taken, "\(body)") }
        // -1 rejects nothing.
        let minusOne: [UInt8] = [0x0A, 0x0B, 0x08] + Array(repeating: 0xFF, count: 9) + [0x01]
        #expect(outcome(200, minusOne) == Self.taken)
    }

    @Test func `a refusal says what the collector said`() {
        #expect(
            outcome(400, [0x08, 0x03, 0x12, 0x03, 0x62, 0x61, 0x64]) == .refused(reason: "status 400: bad"))
        #expect(
            json(401, #"{"code":16,"message":"who\nare you"}"#) == .refused(reason: "status 401: who⏎are you")
        )
        #expect(outcome(500) == .refused(reason: "status 500"))
    }

    @Test func `Retry-After is seconds or a date`() {
        func wait(_ text: String) -> Int64? {
            guard case .retryable(let after, _) = outcome(503, retryAfter: text) else { return -1 }
            return after
        }
        #expect(wait("3") == 3_000_000_000)
        #expect(wait("0") == 0)
        #expect(wait("Sun, 06 Nov 1994 08:49:47 GMT") == 10_000_000_000)
        #expect(wait("Sun, 06 Nov 1994 08:00:00 GMT") == 0)
        #expect(wait("99999999999999999999999") == OTLPOutcome.longestWait)
        for text in ["", "-1", "soon", "1.5", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:47 GMT"] {
            #expect(wait(text) == nil, "\(text)")
        }
    }
}
