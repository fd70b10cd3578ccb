/// On which HTTP exchange the newest events of a session came, by their ids.
///
/// A stream that is taken up again repeats some of them, and goes on with that exchange.
struct EventOrigins: Sendable, Equatable {
    /// Servers keep a few hundred events for those who come back.
    static let limit = 1024
    /// Bytes of an id that is remembered: ids are counters and UUIDs, and each is in every checkpoint.
    static let idLimit = 1024

    /// Newest last.
    private(set) var ids: [String] = []
    private var streams: [String: UInt32] = [:]

    subscript(id: String) -> UInt32? { streams[id] }

    /// The first exchange that an event came on counts.
    mutating func insert(_ id: String, on stream: UInt32) {
        guard id.utf8.count <= EventOrigins.idLimit, streams[id] == nil else { return }
        streams[id] = stream
        ids.append(id)
        guard ids.count > EventOrigins.limit else { return }
        for old in ids.prefix(EventOrigins.limit / 4) { streams[old] = nil }
        ids.removeFirst(EventOrigins.limit / 4)
    }
}
