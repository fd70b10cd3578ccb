import MCPSemantics

/// How fast what the recorded server sent comes again. The client's own pace is its own business.
public struct ReplayTiming: Sendable, Equatable {
    /// How many times as fast as recorded; nil: everything at once, whatever the recorded times.
    public let speed: Double?
    /// No gap between two messages is longer, in nanoseconds, after `speed` was applied; nil: any.
    public let longestGap: Int64?

    /// Everything at once.
    public static let none = ReplayTiming(speed: nil)

    /// - Precondition: `speed` is finite and above 0; `longestGap` is at least 0.
    public init(speed: Double?, longestGap: Int64? = nil) {
        precondition(speed.map { $0.isFinite && $0 > 0 } ?? true, "a speed is a number above 0")
        precondition(longestGap.map { $0 >= 0 } ?? true, "a gap is not negative")
        self.speed = speed
        self.longestGap = longestGap
    }

    /// What a recorded gap becomes, in nanoseconds. A file that was edited by hand may go back in time: that
    /// is no gap.
    func gap(from earlier: Timestamp, to later: Timestamp) -> Int64 {
        guard let speed else { return 0 }
        let recorded = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard !recorded.overflow, recorded.partialValue > 0 else { return 0 }
        let scaled = speed == 1 ? recorded.partialValue : Self.clamped(Double(recorded.partialValue) / speed)
        return min(scaled, longestGap ?? .max)
    }

    private static func clamped(_ nanoseconds: Double) -> Int64 {
        nanoseconds < Double(Int64.max / 2) ? Int64(nanoseconds) : .max / 2
    }
}

/// Where a run stands in time: what happened last in it, when it was recorded and when it is due now.
struct RunPace: Sendable {
    var recorded: Timestamp
    var live: Timestamp

    /// When what was recorded at `time` is due.
    func due(_ time: Timestamp, _ timing: ReplayTiming) -> Timestamp {
        let due = live.nanoseconds.addingReportingOverflow(timing.gap(from: recorded, to: time))
        return Timestamp(nanoseconds: due.overflow ? .max : due.partialValue)
    }

    /// It is done at `due`; the next gap counts from there.
    mutating func pass(_ time: Timestamp, due: Timestamp) {
        recorded = max(recorded, time)
        live = due
    }

    /// The client did now what it did at `time` in the recording: how long it took is not ours.
    mutating func restart(_ time: Timestamp, now: Timestamp) {
        recorded = time
        live = max(live, now)
    }
}
