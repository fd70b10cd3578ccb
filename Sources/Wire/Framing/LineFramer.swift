import CScan

/// Cuts a lane of bytes into lines at line feeds, in parts where a line is long.
///
/// The frames do not depend on how the bytes were chunked, and neither does their cutting into parts.
/// Source: MCP 2026-07-28, basic/transports/stdio.
public struct LineFramer: Sendable, Equatable {
    /// 1 MiB: no more than this of one message is ever in memory (architecture §2).
    public static let defaultPartSize = 1 << 20

    /// A line, or a part of one.
    public struct Frame: Sendable, Equatable {
        /// Without the line feed; a carriage return before it stays. The indices are those of the chunk
        /// when the frame lay within it, so count from `bytes.startIndex`.
        public var bytes: ArraySlice<UInt8>
        /// Whether the line begins with this frame.
        public var isFirst: Bool
        /// Whether the line ends with this frame. A frame that is not the last has exactly `partSize` bytes.
        public var isLast: Bool
        /// Whether a line feed ended the line: of the last part, false only at the end of the lane.
        public var hasLineFeed: Bool

        public init(bytes: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool, hasLineFeed: Bool) {
            self.bytes = bytes
            self.isFirst = isFirst
            self.isLast = isLast
            self.hasLineFeed = hasLineFeed
        }
    }

    /// The longest frame in bytes; a longer line comes in parts of exactly this size and a rest of at
    /// least one byte.
    public let partSize: Int
    /// Whether parts of the current line were already handed out.
    public private(set) var isInsideLine = false
    /// The bytes of the unfinished part: at most `partSize`, and no line feed among them.
    private var unfinished: [UInt8] = []

    public init(partSize: Int = defaultPartSize) {
        precondition(partSize > 0, "A part holds at least one byte.")
        self.partSize = partSize
    }

    /// A framer that goes on where another one stood: see `pending` and `isInsideLine`.
    ///
    /// Never traps: what no framer could have pending (a line feed, too many bytes) is framed anyhow.
    public init(partSize: Int, pending: ArraySlice<UInt8>, isInsideLine: Bool) {
        self.init(partSize: max(1, partSize))
        self.isInsideLine = isInsideLine
        unfinished = Array(pending.prefix(self.partSize))
    }

    /// The bytes of the unfinished part, for a checkpoint.
    public var pending: ArraySlice<UInt8> { unfinished[...] }

    /// Hands the frames that `chunk` completes to `receive`, in order.
    ///
    /// A frame that lies within the chunk is a slice of it, not a copy.
    /// O(bytes in `chunk`): bytes of an unfinished line are never searched twice.
    public mutating func push(_ chunk: ArraySlice<UInt8>, _ receive: (Frame) -> Void) {
        var rest = chunk
        while !rest.isEmpty {
            let lineEnd = LineFramer.lineFeed(in: rest)
            cutParts(of: &rest, upTo: lineEnd ?? rest.endIndex, receive)
            let tail = rest[rest.startIndex..<(lineEnd ?? rest.endIndex)]
            guard let lineEnd else {
                unfinished.append(contentsOf: tail)
                return
            }
            if unfinished.isEmpty {
                receive(lastFrame(tail, hasLineFeed: true))
            } else {
                unfinished.append(contentsOf: tail)
                receive(lastFrame(takeUnfinished(), hasLineFeed: true))
            }
            rest = rest[(lineEnd + 1)...]
        }
    }

    /// The frames that `chunk` completes, in order; as `push(_:_:)`.
    public mutating func push(_ chunk: ArraySlice<UInt8>) -> [Frame] {
        var frames: [Frame] = []
        push(chunk) { frames.append($0) }
        return frames
    }

    /// The unterminated rest at the end of the lane, or nil when there is none.
    ///
    /// The framer is then as new.
    public mutating func finish() -> Frame? {
        guard !unfinished.isEmpty else {
            isInsideLine = false
            return nil
        }
        return lastFrame(takeUnfinished(), hasLineFeed: false)
    }

    /// Marks that bytes are missing here: the next frame begins inside a line. Drops nothing; whoever
    /// wants the bytes before the gap as a frame of their own calls `finish` first.
    public mutating func resynchronize() {
        isInsideLine = true
    }

    /// Hands out full parts while more than `partSize` bytes of the line are known; a part is full only
    /// when another byte of the line follows, so that the last part is never empty.
    private mutating func cutParts(
        of rest: inout ArraySlice<UInt8>, upTo end: Int, _ receive: (Frame) -> Void
    ) {
        while end - rest.startIndex > partSize - unfinished.count {
            let cut = rest.startIndex + (partSize - unfinished.count)
            let head = rest[rest.startIndex..<cut]
            rest = rest[cut...]
            let bytes: ArraySlice<UInt8>
            if unfinished.isEmpty {
                bytes = head
            } else {
                unfinished.append(contentsOf: head)
                bytes = takeUnfinished()
            }
            receive(Frame(bytes: bytes, isFirst: !isInsideLine, isLast: false, hasLineFeed: false))
            isInsideLine = true
        }
    }

    private mutating func lastFrame(_ bytes: ArraySlice<UInt8>, hasLineFeed: Bool) -> Frame {
        defer { isInsideLine = false }
        return Frame(bytes: bytes, isFirst: !isInsideLine, isLast: true, hasLineFeed: hasLineFeed)
    }

    private mutating func takeUnfinished() -> ArraySlice<UInt8> {
        let taken = unfinished
        unfinished = []
        return taken[...]
    }

    private static func lineFeed(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let offset = Int(cscan_find(base, buffer.count, 0x0A))
            return offset < buffer.count ? bytes.startIndex + offset : nil
        }
    }
}
