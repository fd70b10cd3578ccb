internal import MCPSemantics
internal import Recording

/// Consecutive whole records of one segment.
struct RecordRun {
    var bytes: [UInt8]
    /// The journal offset of the first byte.
    var offset: UInt64

    /// Hands every event to `receive` and answers the offset behind the last record that could be read.
    ///
    /// It stops before a record that is cut, damaged or was never written. Padding and records of a kind or
    /// lane that this version does not know are no events.
    @discardableResult
    func forEach(_ receive: (TransportEvent) -> Void) -> UInt64 {
        var at = 0
        while bytes.count - at >= RecordHeader.size {
            let header = bytes.withUnsafeBytes { all in
                RecordHeader.load(from: all.baseAddress.map { $0 + at }, offset: offset &+ UInt64(at))
            }
            guard let header, header.span <= bytes.count - at else { break }
            if let kind = TransportEvent.Kind(rawValue: header.kind), let lane = Lane(rawValue: header.lane) {
                let payload = at + RecordHeader.size
                receive(
                    TransportEvent(
                        kind, lane: lane, stream: StreamID(header.stream),
                        time: Timestamp(nanoseconds: header.time),
                        payload: bytes[payload..<payload + Int(header.length)]))
            }
            at += header.span
        }
        return offset &+ UInt64(at)
    }

    /// The length of the first record, which may be cut; nil when its header is damaged.
    var firstSpan: Int? {
        guard bytes.count >= RecordHeader.size else { return nil }
        return bytes.withUnsafeBytes { RecordHeader.load(from: $0.baseAddress, offset: offset)?.span }
    }
}
