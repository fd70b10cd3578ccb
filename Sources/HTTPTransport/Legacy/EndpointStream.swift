internal import NIOCore

/// A response body whose first event may be edited.
final class EndpointStream: EditedBody {
    private var rewriter: EndpointRewriter
    private let framing: ContentFraming
    private var output: [UInt8] = []
    /// Called once, before the event is passed on that is not the one that came.
    private var whenEdited: ((EditedText.Edit) -> Void)?

    init(
        _ rewriter: EndpointRewriter, _ framing: BodyFraming,
        whenEdited: @escaping (EditedText.Edit) -> Void
    ) {
        self.rewriter = rewriter
        self.framing = ContentFraming(framing)
        self.whenEdited = whenEdited
    }

    /// Whether a response may be the legacy transport's stream: a GET answered with events, in clear, whose
    /// length is not stated.
    static func canBegin(_ head: MessageHead, _ framing: BodyFraming, method: ArraySlice<UInt8>) -> Bool {
        guard head.status == 200, framing == .chunked || framing == .untilClose,
            method.elementsEqual("GET".utf8), let type = head.value(.contentType)
        else { return false }
        if let coding = head.value(.contentEncoding), !HTTPText.matches(coding, "identity") { return false }
        return HTTPText.matches(
            HTTPText.trimmed(type.prefix { $0 != UInt8(ascii: ";") }), "text/event-stream")
    }

    func take(
        _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        output.removeAll(keepingCapacity: true)
        for piece in pieces {
            rewriter.push(UnsafeRawBufferPointer(rebasing: bytes[piece]), to: &output)
        }
        if let edit = rewriter.edit { whenEdited.take()?(edit) }
        return framed(allocator, ending: nil)
    }

    func finish(trailers: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer {
        output.removeAll(keepingCapacity: true)
        rewriter.finish(&output)
        return framed(allocator, ending: trailers)
    }

    func abandon(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        output.removeAll(keepingCapacity: true)
        rewriter.finish(&output)
        return framed(allocator, ending: nil)
    }

    private func framed(_ allocator: ByteBufferAllocator, ending trailers: [UInt8]?) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: output.count + 32 + (trailers?.count ?? 0))
        framing.write(output, ending: trailers, to: &buffer)
        return buffer
    }
}
