internal import NIOCore

/// A response with protected-resource metadata: held back with its head until it is complete, since the
/// length that the head states may change.
///
/// A document over `sizeLimit` passes as it came.
final class MetadataStream: EditedBody {
    /// Far more than any such document has.
    static let sizeLimit = 64 << 10

    private let rewriter: ResourceRewriter
    private let framing: ContentFraming
    /// Writes the head; its length of content is the one given, or the one that it came with.
    private let writeHead: (_ length: Int?, _ buffer: inout ByteBuffer) -> Void
    private let whenEdited: (EditedText) -> Void
    private var body: [UInt8] = []
    private var isPassed = false

    /// - Parameter whenEdited: called before a document is passed on that is not the one that came.
    init(
        _ rewriter: ResourceRewriter, _ framing: BodyFraming, whenEdited: @escaping (EditedText) -> Void,
        writeHead: @escaping (_ length: Int?, _ buffer: inout ByteBuffer) -> Void
    ) {
        self.rewriter = rewriter
        self.framing = ContentFraming(framing)
        self.whenEdited = whenEdited
        self.writeHead = writeHead
    }

    /// Whether a response is a document that can be read here: JSON in clear.
    static func canBegin(_ head: MessageHead, method: ArraySlice<UInt8>, target: ArraySlice<UInt8>) -> Bool {
        guard head.status == 200, method.elementsEqual("GET".utf8), ResourceRewriter.isMetadata(target),
            let type = head.value(.contentType)
        else { return false }
        if let coding = head.value(.contentEncoding), !HTTPText.matches(coding, "identity") { return false }
        return HTTPText.matches(
            HTTPText.trimmed(type.prefix { $0 != UInt8(ascii: ";") }), "application/json")
    }

    func take(
        _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        for piece in pieces { body.append(contentsOf: bytes[piece]) }
        guard isPassed || body.count > Self.sizeLimit else { return allocator.buffer(capacity: 0) }
        return pass(body, length: nil, ending: nil, allocator)
    }

    func finish(trailers: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer {
        let edited = isPassed ? nil : rewriter.edited(metadata: body)
        if let edited { whenEdited(edited) }
        return pass(edited?.bytes ?? body, length: edited?.bytes.count, ending: trailers, allocator)
    }

    func abandon(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        pass(body, length: nil, ending: nil, allocator)
    }

    private func pass(
        _ content: [UInt8], length: Int?, ending trailers: [UInt8]?, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: content.count + 1024)
        if !isPassed { writeHead(length, &buffer) }
        isPassed = true
        framing.write(content, ending: trailers, to: &buffer)
        body = []
        return buffer
    }
}
