public import MCPSemantics
public import Platform

/// The clock of one session: CLOCK_BOOTTIME since its zero, so it goes on through suspend.
public struct SessionClock: Sendable {
    /// CLOCK_BOOTTIME at the session's zero, nanoseconds.
    public let startBoottime: Int64
    /// Wall clock at the session's zero, nanoseconds since 1970-01-01T00:00:00Z.
    public let startRealtime: Int64
    private let system: SystemCalls

    /// The session begins now.
    public init(system: SystemCalls) {
        startBoottime = system.boottime()
        startRealtime = system.realtime()
        self.system = system
    }

    /// The time now.
    public var now: Timestamp { Timestamp(nanoseconds: system.boottime() &- startBoottime) }

    /// How far the wall clock may drift from the anchor before a new one is due: 100 ms.
    public static let driftLimit: Int64 = 100_000_000

    /// The wall clock, when it disagrees with `anchor` (wall clock at time zero) by more than `driftLimit`.
    public func drifted(from anchor: Int64) -> (realtime: Int64, at: Timestamp)? {
        let at = now
        let realtime = system.realtime()
        let (expected, overflow) = anchor.addingReportingOverflow(at.nanoseconds)
        guard !overflow, (realtime &- expected).magnitude <= Self.driftLimit.magnitude else {
            return (realtime, at)
        }
        return nil
    }

    /// The running system's boot id, or nil where it has none. Source: random(4), boot_id.
    public static func bootID(system: SystemCalls) -> String? {
        try? currentBootID(system: system)
    }

    static func currentBootID(system: SystemCalls) throws(JournalFailure) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        let bytes = try StoredFile.bytes(of: path, limit: 40, system: system)
        let text = bytes.prefix { $0 > 0x20 && $0 < 0x7f }
        guard !text.isEmpty else { throw JournalFailure(.system, "\(path) is empty") }
        return String(decoding: text, as: UTF8.self)
    }
}
