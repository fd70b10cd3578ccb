internal import MCPSemantics
internal import Recording

/// Bytes that went by unrecorded and of which no gap record tells yet.
///
/// It is kept in the head file, so a crash in the middle of a gap does not hide it.
struct PendingLoss: Equatable {
    /// Bytes of its encoding.
    static let size = 80

    var gap: Gap?

    /// Counts `bytes` that `lane` passed on at `time` without a record.
    mutating func count(
        _ bytes: Int, lines: Int, endsInLine: Bool, on lane: Lane, at time: Timestamp, reason: Gap.Reason
    ) {
        var gap = self.gap ?? Gap(from: time, to: time, reason: reason)
        gap.to = max(gap.to, time)
        switch lane {
        case .clientToServer:
            gap.clientToServer &+= bytes
            gap.clientToServerLines &+= lines
        case .serverToClient:
            gap.serverToClient &+= bytes
            gap.serverToClientLines &+= lines
        case .standardError:
            gap.standardError &+= bytes
        }
        gap.cutLanes.removeAll { $0 == lane }
        if endsInLine { gap.cutLanes.append(lane) }
        self.gap = gap
    }

    func store(at address: UnsafeMutableRawPointer) {
        func put(_ value: Int, _ word: Int) {
            address.storeBytes(
                of: UInt64(truncatingIfNeeded: value).littleEndian, toByteOffset: word * 8, as: UInt64.self)
        }
        guard let gap else {
            put(0, 0)
            return
        }
        put(Int(truncatingIfNeeded: gap.from.nanoseconds), 1)
        put(Int(truncatingIfNeeded: gap.to.nanoseconds), 2)
        put(gap.clientToServer, 3)
        put(gap.serverToClient, 4)
        put(gap.standardError, 5)
        put(gap.clientToServerLines, 6)
        put(gap.serverToClientLines, 7)
        put(gap.cutLanes.reduce(0) { $0 | 1 << Int($1.rawValue) }, 8)
        put(Int(gap.reason.rawValue), 9)
        put(1, 0)
    }

    static func load(from bytes: UnsafeRawBufferPointer) -> PendingLoss {
        guard let address = bytes.baseAddress, bytes.count >= size else { return PendingLoss(gap: nil) }
        func word(_ index: Int) -> Int {
            Int(
                truncatingIfNeeded: UInt64(
                    littleEndian: address.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
        }
        guard word(0) == 1 else { return PendingLoss(gap: nil) }
        var gap = Gap(
            from: Timestamp(nanoseconds: Int64(word(1))), to: Timestamp(nanoseconds: Int64(word(2))),
            reason: UInt8(exactly: word(9)).flatMap(Gap.Reason.init(rawValue:)) ?? .journalUnavailable)
        gap.clientToServer = max(0, word(3))
        gap.serverToClient = max(0, word(4))
        gap.standardError = max(0, word(5))
        gap.clientToServerLines = max(0, word(6))
        gap.serverToClientLines = max(0, word(7))
        gap.cutLanes = Lane.allCases.filter { word(8) & 1 << Int($0.rawValue) != 0 }
        return PendingLoss(gap: gap)
    }
}
