import MCPSemantics
import Recording
import Wire

@testable import HTTPTransport
@testable import Journal

/// A proxy between a client and an upstream that the test plays both.
/// `@unchecked Sendable`: nothing of it changes.
final class Stage: @unchecked Sendable {
    let upstream: RawListener
    let proxy: HTTPProxy
    let tap: ListeningTap

    init(
        tap: ListeningTap = ListeningTap(), routes: RouteTable? = nil,
        _ change: (inout HTTPProxyOptions) -> Void = { _ in }
    ) throws {
        upstream = try RawListener()
        let url = try UpstreamURL("http://127.0.0.1:\(upstream.port)/mcp")
        var options = HTTPProxyOptions(
            address: .tcp(host: "127.0.0.1", port: 0), routes: routes ?? RouteTable(upstream: url))
        change(&options)
        self.tap = tap
        proxy = try HTTPProxy(options, tap: tap)
    }

    deinit { proxy.drain(within: .zero) }

    var port: Int {
        if case .tcp(_, let port) = proxy.address { port } else { 0 }
    }

    func connect(receiveBuffer: Int32? = nil) throws -> RawSocket {
        try RawSocket(port: port, receiveBuffer: receiveBuffer)
    }

    /// What `Host` is at the upstream.
    var authority: String { "127.0.0.1:\(upstream.port)" }

    /// A request with nothing but what it must have.
    static func request(_ line: String = "GET / HTTP/1.1", _ fields: String = "", body: String = "") -> String
    {
        "\(line)\r\nHost: localhost\r\n\(fields)\r\n\(body)"
    }

    /// Sends one request through, and answers both ends of it.
    func exchange(_ request: String) throws -> (client: RawSocket, upstream: RawSocket, head: String) {
        let client = try connect()
        try client.send(request)
        let upstream = try upstream.accept()
        return (client, upstream, try upstream.receive(through: "\r\n\r\n"))
    }
}

/// Keeps what it is told.
final class ListeningTap: HTTPTap {
    enum Event: Equatable {
        case request(HTTPRequestHead, StreamID)
        case response(HTTPResponseHead, StreamID)
        case body(String, Lane, StreamID)
        case omitted(Int, Lane, StreamID)
        case trailers([HTTPField], Lane, StreamID)
        case edited(ForwardedEdit, Lane, StreamID)
        case faulted(FaultMark, StreamID)
        case ended(Lane, StreamID)
        case refuses(Bool)
        case changed(ListenerChange)
        case closed(StreamClosure, StreamID)
    }
    private let kept = Guarded<[Event]>([])
    private let room = Guarded(true)

    var events: [Event] { kept.with { $0 } }
    var hasRoom: Bool {
        get { room.with { $0 } }
        set { room.with { $0 = newValue } }
    }

    /// The closures so far, in order.
    var closures: [StreamClosure] {
        events.compactMap { if case .closed(let closure, _) = $0 { closure } else { nil } }
    }

    /// What was passed on otherwise than it came, in order.
    var edits: [ForwardedEdit] {
        events.compactMap { if case .edited(let edit, .serverToClient, _) = $0 { edit } else { nil } }
    }

    func content(_ lane: Lane, _ stream: UInt32 = 1) -> String {
        events.reduce(into: "") { text, event in
            if case .body(let piece, lane, StreamID(stream)) = event { text += piece }
        }
    }

    /// Waits until `count` streams have closed.
    func waitForClosures(_ count: Int = 1) -> [StreamClosure] {
        wait(until: { self.closures.count >= count })
        return closures
    }

    private let passed = Guarded<[Direction]>([])
    /// The directions of what was taken at once.
    var passedOn: [Direction] { passed.with { $0 } }
    var now: Timestamp { Timestamp(nanoseconds: 7) }
    func passedOn(_ direction: Direction, since time: Timestamp) {
        passed.with { if time == now { $0.append(direction) } }
    }

    var isRecording: Bool { true }
    func hasRoom(for count: Int) -> Bool { hasRoom }
    func head(_ event: TransportEvent, stream: StreamID) {
        if let head = event.decodedRequestHead { keep(.request(head, stream)) }
        if let head = event.decodedResponseHead { keep(.response(head, stream)) }
    }
    func body(_ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, on lane: Lane, stream: StreamID) {
        let content = pieces.flatMap { bytes[$0] }
        // Enough to tell bodies apart; the large ones are counted elsewhere.
        keep(.body(String(decoding: content.prefix(4096), as: UTF8.self), lane, stream))
    }
    func bodyOmitted(_ count: Int, on lane: Lane, stream: StreamID) { keep(.omitted(count, lane, stream)) }
    func trailers(_ fields: [HTTPField], on lane: Lane, stream: StreamID) {
        keep(.trailers(fields, lane, stream))
    }
    func laneEnded(_ lane: Lane, stream: StreamID) { keep(.ended(lane, stream)) }
    func faulted(_ mark: FaultMark, stream: StreamID) { keep(.faulted(mark, stream)) }
    func edited(_ edit: ForwardedEdit, on lane: Lane, stream: StreamID) { keep(.edited(edit, lane, stream)) }
    func takesEdits(_ edits: [ForwardedEdit], on lane: Lane, stream: StreamID) -> Bool {
        for edit in edits { keep(.edited(edit, lane, stream)) }
        return true
    }
    func refuses(_ isRefusing: Bool) { keep(.refuses(isRefusing)) }
    func changed(_ change: ListenerChange) { keep(.changed(change)) }
    func closed(_ closure: StreamClosure, stream: StreamID) { keep(.closed(closure, stream)) }

    private func keep(_ event: Event) { kept.with { $0.append(event) } }
}
