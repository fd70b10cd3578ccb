/// Nanoseconds of CLOCK_BOOTTIME since the session began; it goes on through suspend.
///
/// Order is the sequence number, never time: two messages may carry the same timestamp.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Timestamp(nanoseconds: 0)

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Nanoseconds from `earlier` to this.
    public func since(_ earlier: Timestamp) -> Int64 { nanoseconds - earlier.nanoseconds }
}
