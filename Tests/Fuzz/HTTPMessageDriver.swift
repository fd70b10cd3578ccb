import NIOCore

/// What is relayed is split by the next reader as by us, however it is cut: a stream of requests,
/// or of responses, is read, written for the next hop, and read again.
///
/// Built with the pure files of HTTPTransport in one module. The input is what to read, one byte, how to cut
/// it, one byte, and the bytes of a connection.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPMessage(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let isRequest = start[0] & 1 == 0
    let bytes = Array(UnsafeBufferPointer(start: start + 2, count: count - 2))
    var whole = Connection(isRequest: isRequest)
    whole.push(bytes[...])
    var cut = Connection(isRequest: isRequest)
    var cuts = Cuts(seed: start[1])
    for piece in cuts.pieces(of: bytes[...]) { cut.push(piece) }
    whole.end()
    cut.end()
    require(whole.messages.map(\.forwarded) == cut.messages.map(\.forwarded), "cuts changed the messages")
    require(whole.messages.map(\.content) == cut.messages.map(\.content), "cuts changed the bodies")
    require(whole.fault == cut.fault, "cuts changed the fault")

    var next = Connection(isRequest: isRequest)
    next.push(whole.messages.flatMap { $0.forwarded + $0.encoded }[...])
    next.end()
    require(next.fault == nil, "the next hop refuses what we relay")
    require(next.messages.count == whole.messages.count, "the next hop sees other messages")
    for (ours, theirs) in zip(whole.messages, next.messages) {
        require(ours.content == theirs.content, "the next hop sees another body")
        require(ours.isComplete == theirs.isComplete, "the next hop sees another end")
        require(theirs.forwarded == ours.forwarded, "an edit is not the same twice")
    }
    return 0
}

/// One direction of a connection, read to its end or to the first fault.
private struct Connection {
    struct Message {
        /// The head for the next hop.
        var forwarded: [UInt8]
        /// The body as it came.
        var encoded: [UInt8] = []
        var content: [UInt8] = []
        var isComplete = false
    }

    let isRequest: Bool
    private(set) var messages: [Message] = []
    private(set) var fault: MessageFault?
    private var buffer = ByteBuffer()
    private var heads = HeadReader()
    private var body: BodyReader?

    init(isRequest: Bool) { self.isRequest = isRequest }

    mutating func push(_ bytes: ArraySlice<UInt8>) {
        guard fault == nil else { return }
        buffer.writeBytes(bytes)
        do throws(MessageFault) {
            while try takeBody() {
                guard let head = try heads.take(from: &buffer) else { return }
                try begin(head)
            }
        } catch {
            fault = error
            // What was begun is broken off on both sides.
            if let last = messages.last, !last.isComplete { messages.removeLast() }
        }
    }

    /// The connection ended: a body that is not whole is relayed as far as it came.
    mutating func end() {
        guard fault == nil, var reader = body else { return }
        messages[messages.count - 1].isComplete = reader.end()
    }

    private mutating func begin(_ bytes: [UInt8]) throws(MessageFault) {
        var written = ByteBuffer()
        let framing: BodyFraming
        if isRequest {
            let head = try MessageHead(request: bytes)
            let target = try RequestTarget.originForm(of: head)
            framing = try BodyFraming(request: head)
            ForwardedHead.write(
                head,
                edits: .init(
                    target: target, authority: Array("up.example:80".utf8),
                    injected: [.init(name: Array("x-key".utf8), value: Array("v".utf8))],
                    dropsClientToken: true),
                to: &written)
        } else {
            let head = try MessageHead(response: bytes)
            framing = try BodyFraming(response: head, toHead: false)
            ForwardedHead.write(response: head, closes: false, to: &written)
        }
        messages.append(Message(forwarded: written.readBytes(length: written.readableBytes) ?? []))
        body = BodyReader(framing)
    }

    /// Takes what there is of the body; true when the next head is to be read.
    private mutating func takeBody() throws(MessageFault) -> Bool {
        guard var reader = body else { return true }
        if !reader.isComplete {
            let bytes = Array(buffer.readableBytesView)
            var ranges: [Range<Int>] = []
            let taken = try bytes.withUnsafeBytes { raw -> Result<Int, MessageFault> in
                do throws(MessageFault) {
                    return .success(try reader.take(raw, content: &ranges))
                } catch {
                    return .failure(error)
                }
            }.get()
            buffer.moveReaderIndex(forwardBy: taken)
            messages[messages.count - 1].encoded += bytes[..<taken]
            for range in ranges {
                require(range.upperBound <= taken, "content beyond what was taken")
                messages[messages.count - 1].content += bytes[range]
            }
        }
        body = reader.isComplete ? nil : reader
        guard reader.isComplete else { return false }
        messages[messages.count - 1].isComplete = true
        _ = try reader.trailerFields()
        return true
    }
}
