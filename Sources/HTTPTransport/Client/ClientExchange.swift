internal import MCPSemantics
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Replay
internal import Wire

/// One HTTP request of ours on a connection of its own, and its answer as it comes.
///
/// A connection serves once: a server may close an idle one at any time, and a tool must not be called twice
/// because nobody knows whether the first call arrived.
final class ClientExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// An answer or an event at most: the default message limit of a recording.
    static let messageLimit = 256 << 20

    /// An event of an event stream that has data.
    struct Event {
        var name: String
        var data: [UInt8]
    }

    /// What its owner is told, in this order; `ended` once and last.
    struct Owner {
        /// The request is written.
        var sent: (ClientExchange) -> Void
        var head: (ClientExchange, MessageHead) -> Void
        var event: (ClientExchange, Event) -> Void
        /// Nil: the answer is whole.
        var ended: (ClientExchange, LiveFailure?) -> Void
    }

    let purpose: Purpose
    /// Requests that this exchange must still answer.
    var unanswered: [RequestID]
    private(set) var status: Int?
    /// The answer is a stream of events.
    private(set) var isEventStream = false
    /// The body, unless it is a stream.
    private(set) var body: [UInt8] = []
    /// The id and the retry time of the newest event that had them.
    private(set) var lastEventID: String?
    private(set) var retry: Int64?
    var hasEvents = false

    private let request: [UInt8]
    private let upstream: UpstreamURL
    private let isVerified: Bool
    private let owner: Owner
    private var channel: (any Channel)?
    private var isReady = false
    private var isOver = false
    private var error: (any Error)?
    private var input = ByteBuffer()
    private var heads = HeadReader()
    private var reader: BodyReader?
    private var events = EventStreamParser()
    private var data: [UInt8] = []

    /// What the request is for.
    enum Purpose {
        /// A message: notifications and answers of ours are followed by others only once they were taken.
        case message(isRequest: Bool, isInitialize: Bool, isModern: Bool)
        /// The stream for what belongs to no request, or the rest of a broken stream.
        case stream
        /// HTTP+SSE's one stream.
        case legacyStream
        case goodbye
    }

    init(
        _ purpose: Purpose, _ request: [UInt8], to upstream: UpstreamURL, isVerified: Bool,
        unanswered: [RequestID] = [], owner: Owner
    ) {
        self.purpose = purpose
        self.request = request
        self.upstream = upstream
        self.isVerified = isVerified
        self.unanswered = unanswered
        self.owner = owner
    }

    // MARK: The connection

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        if isOver { return context.close(promise: nil) }
        if !upstream.isSecure { send(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if isVerified, !CertificateName.isFor(upstream, peerOf: context) {
                errorCaught(context: context, error: ConnectionTrouble.OurOwn.wrongName)
            } else {
                send(context)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func send(_ context: ChannelHandlerContext) {
        isReady = true
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: request)), promise: nil)
        owner.sent(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if reader?.end() == true { return over(nil) }
        over(failure)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.error == nil { self.error = error }
        context.close(promise: nil)
    }

    /// There is no connection.
    func couldNotConnect(_ reason: any Error) {
        if error == nil { error = reason }
        over(failure)
    }

    /// Ends it without a word to the owner.
    func drop() {
        isOver = true
        channel?.close(promise: nil)
    }

    private var failure: LiveFailure {
        guard isReady else {
            return LiveFailure(.unreachable, ConnectionTrouble.text(error, connectingTo: upstream))
        }
        let what = status == nil ? "without an answer" : "in the middle of its answer"
        let text = error.map { "\(upstream.authority) broke off: \(ConnectionTrouble.text($0))" }
        return LiveFailure(.brokenOff, text ?? "\(upstream.authority) ended the connection \(what)")
    }

    private func over(_ failure: LiveFailure?) {
        guard !isOver else { return }
        isOver = true
        channel?.close(promise: nil)
        owner.ended(self, failure)
    }

    // MARK: The answer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        input.writeBuffer(&buffer)
        do throws(MessageFault) {
            try advance()
        } catch {
            over(
                LiveFailure(
                    .brokenOff, "\(upstream.authority) does not answer in HTTP that we read: \(error.text)"))
        }
    }

    private func advance() throws(MessageFault) {
        while reader == nil {
            guard let bytes = try heads.take(from: &input) else { return }
            let head = try MessageHead(response: bytes)
            if head.status < 200 { continue }
            reader = BodyReader(try BodyFraming(response: head, toHead: false))
            status = head.status
            let type: ArraySlice<UInt8> =
                head.value(.contentType)?.prefix { $0 != 0x3B && $0 != 0x20 } ?? []
            isEventStream = head.status == 200 && HTTPText.matches(type, "text/event-stream")
            owner.head(self, head)
        }
        var pieces: [Range<Int>] = []
        var content: [UInt8] = []
        let taken = input.withUnsafeReadableBytes { bytes in
            Result { () throws(MessageFault) in
                let count = try reader?.take(bytes, content: &pieces) ?? 0
                for piece in pieces { content.append(contentsOf: bytes[piece]) }
                return count
            }
        }
        input.moveReaderIndex(forwardBy: try taken.get())
        if isEventStream {
            events.push(content[...]) { take($0) }
        } else if body.count + content.count <= Self.messageLimit {
            body += content
        }
        if reader?.isComplete == true { over(nil) }
    }

    private func take(_ part: EventStreamPart) {
        switch part {
        case .data(let bytes):
            if data.count + bytes.count <= Self.messageLimit { data += bytes }
        case .unframed: break
        case .end(let event):
            var name = "message"
            for line in Array(event.pieces.joined()).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
                let value = Array(line[(colon + 1)...])
                let text = String(decoding: HTTPText.trimmed(value[...]), as: UTF8.self)
                switch String(decoding: line[..<colon], as: UTF8.self) {
                case "event": name = text
                case "id": lastEventID = text
                case "retry": retry = Int64(text)
                default: break
                }
            }
            if event.hasData, event.isComplete, !data.isEmpty, !isOver {
                hasEvents = true
                owner.event(self, Event(name: name, data: data))
            }
            data = []
        }
    }
}
