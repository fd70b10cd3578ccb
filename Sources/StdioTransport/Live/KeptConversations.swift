internal import Platform
internal import Recording

/// When what clients and their real servers said is kept, and what of it is.
struct KeptConversations {
    private let keep: ReplayUpstream.Keep?
    private let system: SystemCalls
    /// Clients with something new that are still there.
    private var changed: Set<Int> = []
    /// Clients that are gone, with what is not kept yet.
    private var left: [Int: WholeSession] = [:]
    /// When the next are kept, in nanoseconds of `boottime`.
    private var due: Int64 = 0

    init(_ keep: ReplayUpstream.Keep?, system: SystemCalls) {
        self.keep = keep
        self.system = system
    }

    /// A client has something new.
    mutating func changed(_ client: Int) {
        if keep != nil { changed.insert(client) }
    }

    /// A client is gone; nothing that it said is new where it said nothing since it was kept.
    mutating func ended(_ client: Int, _ conversation: WholeSession?) {
        let isNew = keep == nil || changed.remove(client) != nil
        guard let conversation, isNew else { return }
        left[client] = conversation
    }

    /// All of those that are gone, by their numbers, where nothing keeps them before the end.
    var collected: [WholeSession] { left.sorted { $0.key < $1.key }.map(\.value) }

    /// Milliseconds until something is to be kept; -1: never.
    var timeLimit: Int32 {
        guard keep != nil, !changed.isEmpty || !left.isEmpty else { return -1 }
        return Int32(clamping: (max(0, due - system.boottime()) + 999_999) / 1_000_000)
    }

    /// Keeps one client's when it is due; answers how many exchanges are new.
    mutating func keepWhatIsDue(_ conversation: (Int) -> WholeSession?) -> Int {
        guard let keep, system.boottime() >= due, let client = left.keys.min() ?? changed.min() else {
            return 0
        }
        let begin = system.boottime()
        guard let session = left[client] ?? conversation(client) else {
            // It is gone by now, and `ended` says so next.
            due = begin + StdioReplay.busyWait
            return 0
        }
        let wasChanged = changed.remove(client) != nil
        switch keep(session, false) {
        case .kept(let count):
            left[client] = nil
            due = begin + (system.boottime() - begin) * StdioReplay.keepShare
            return count
        case .busy:
            if wasChanged { changed.insert(client) }
            due = begin + StdioReplay.busyWait
        case .failed: left[client] = nil
        }
        return 0
    }

    /// Keeps what is left, waiting for others where it must; answers how many exchanges are new.
    mutating func keepLast() -> Int {
        guard let keep else { return 0 }
        var added = 0
        for session in collected {
            if case .kept(let count) = keep(session, true) { added += count }
        }
        (changed, left) = ([], [:])
        return added
    }
}
