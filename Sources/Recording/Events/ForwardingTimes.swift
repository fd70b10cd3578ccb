public import Wire

/// How long bytes stayed with us: from the moment that they were read to the moment that the system had taken
/// all of them for the other side, recording included.
///
/// What waited because the other side took nothing is not counted: that is not our time.
public struct ForwardingTimes: Sendable, Equatable {
    /// Upper bounds of the buckets, nanoseconds; one more bucket has no bound.
    public static let bounds: [Int64] = (0..<bucketCount - 1).map(bound)

    /// Chunks of one direction.
    public struct Lane: Sendable, Equatable {
        /// Chunks by bucket, each counted once; as many as `bounds` and one.
        public var counts: [UInt64]
        /// Nanoseconds, of all chunks.
        public var total: UInt64

        /// `counts` has one more than `bounds`.
        public init(counts: [UInt64], total: UInt64) {
            precondition(counts.count == ForwardingTimes.bucketCount, "a count for each bucket")
            self.counts = counts
            self.total = total
        }

        /// None.
        public init() { self.init(counts: Array(repeating: 0, count: bucketCount), total: 0) }

        /// What came after `earlier`.
        func since(_ earlier: Lane) -> Lane {
            Lane(counts: zip(counts, earlier.counts).map { $0 &- $1 }, total: total &- earlier.total)
        }
    }

    public var clientToServer: Lane
    public var serverToClient: Lane

    /// None, unless told.
    public init(clientToServer: Lane = Lane(), serverToClient: Lane = Lane()) {
        self.clientToServer = clientToServer
        self.serverToClient = serverToClient
    }

    /// Those of one direction.
    public subscript(direction: Direction) -> Lane {
        direction == .clientToServer ? clientToServer : serverToClient
    }

    /// What came after `earlier`, which is an earlier reading of the same counts.
    public func since(_ earlier: ForwardingTimes) -> ForwardingTimes {
        ForwardingTimes(
            clientToServer: clientToServer.since(earlier.clientToServer),
            serverToClient: serverToClient.since(earlier.serverToClient))
    }

    /// The bucket of a chunk that took `nanoseconds`.
    @inline(__always)
    public static func bucket(of nanoseconds: Int64) -> Int {
        // Most are in the first.
        var index = 0
        while index < bucketCount - 1, nanoseconds > bound(index) { index += 1 }
        return index
    }

    /// Buckets of a direction, the one without a bound included.
    public static let bucketCount = 13

    /// Not a table, which would be a load and a check for every chunk.
    @inline(__always)
    private static func bound(_ index: Int) -> Int64 {
        switch index {
        case 0: 10_000
        case 1: 25_000
        case 2: 50_000
        case 3: 100_000
        case 4: 250_000
        case 5: 500_000
        case 6: 1_000_000
        case 7: 2_500_000
        case 8: 5_000_000
        case 9: 10_000_000
        case 10: 50_000_000
        default: 100_000_000
        }
    }
}
