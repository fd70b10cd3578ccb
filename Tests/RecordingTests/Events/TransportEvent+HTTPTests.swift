import MCPSemantics
import Testing

@testable import Recording

struct TransportEventHTTPTests {
    private let time = Timestamp(nanoseconds: 77)
    private let stream = StreamID(41)
    private let fields = [
        HTTPField(name: "Content-Type", value: "application/json"),
        HTTPField(name: "authorization", value: "‹masked›", form: .masked, size: 2000),
        HTTPField(name: "X-Long", value: "aaaa", form: .cut, size: 90_000),
        HTTPField(name: "X-Empty", value: ""),
        HTTPField(name: "X-Empty", value: ""),
    ]

    private var request: HTTPRequestHead {
        HTTPRequestHead(
            connection: .max, peer: "[::1]:5", route: "github", method: "POST", target: "/mcp?a=‹masked›",
            minorVersion: 0, fields: fields, omittedFields: 3)
    }
    private var response: HTTPResponseHead {
        HTTPResponseHead(status: 502, reason: "Bad Gateway", fields: fields, isOwn: true)
    }
    private let edits = [
        ForwardedEdit(.field(index: 0, name: "é"), offset: 3, removed: "", inserted: "/a"),
        ForwardedEdit(.body, offset: 1 << 40, removed: "http://a", inserted: ""),
    ]
    private var events: [TransportEvent] {
        [
            .requestHead(request, stream: stream, at: time),
            .responseHead(response, stream: stream, at: time),
            .trailers(fields, on: .serverToClient, stream: stream, at: time),
            .streamClosed(StreamClosure(.upstream, .reset, text: "gone"), stream: stream, at: time),
            .bodyOmitted(1 << 40, on: .clientToServer, stream: stream, at: time),
            .edited(edits[0], on: .clientToServer, stream: stream, at: time),
            .edited(edits[1], on: .serverToClient, stream: stream, at: time),
        ]
    }

    @Test func `raw values are the journal's format`() {
        #expect(events.map(\.kind.rawValue) == [9, 10, 11, 12, 13, 15, 15])
        #expect(
            events.map(\.lane) == [
                .clientToServer, .serverToClient, .serverToClient, .clientToServer, .clientToServer,
                .clientToServer, .serverToClient,
            ])
        #expect(events.allSatisfy { $0.stream == stream && $0.time == time })
    }

    @Test func `what was put in comes out`() {
        #expect(events[0].decodedRequestHead == request)
        #expect(events[1].decodedResponseHead == response)
        #expect(events[2].decodedTrailers == fields)
        #expect(events[4].decodedOmittedCount == 1 << 40)
        #expect(events[5...].map(\.decodedEdit) == edits)
        for closer in StreamClosure.Closer.allCases {
            for reason in StreamClosure.Reason.allCases {
                let closure = StreamClosure(closer, reason, text: "é")
                let event = TransportEvent.streamClosed(closure, stream: stream, at: time)
                #expect(event.decodedStreamClosure == closure)
            }
        }
    }

    @Test func `what a later version appends is ignored`() {
        for var event in events {
            event.payload += [1, 2, 3]
            #expect(isDecodable(event))
        }
    }

    @Test func `a payload that is cut anywhere gives nothing`() {
        for event in events {
            for count in 0..<event.payload.count {
                var cut = event
                cut.payload = event.payload.prefix(count)
                #expect(!isDecodable(cut), "\(event.kind) cut to \(count)")
            }
        }
    }

    @Test func `a payload of another kind gives nothing`() {
        for event in events {
            let other = TransportEvent(.bytes, time: time, payload: event.payload)
            #expect(!isDecodable(other))
        }
    }

    @Test func `a damaged count ends at the payload's end`() {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
        let event = TransportEvent(.trailers, time: time, payload: huge[...])
        #expect(event.decodedTrailers == nil)
    }

    private func isDecodable(_ event: TransportEvent) -> Bool {
        event.decodedRequestHead != nil || event.decodedResponseHead != nil || event.decodedTrailers != nil
            || event.decodedStreamClosure != nil || event.decodedOmittedCount != nil
            || event.decodedEdit != nil
    }
}
