import MCPSemantics

/// What becomes of each line of a session.
///
/// Messages are compared within the exchange that they come with: which of two exchanges was answered first
/// is chance, and so is where a line of standard error falls. The order of the client's requests is not.
struct LinePlan {
    /// The new entry that an old one is, by their places.
    private(set) var kept: [Int: Int] = [:]
    /// The new entry in the place of the old one.
    private(set) var replacement: [Int: Int] = [:]
    /// New entries behind the old one's place; -1: before the first.
    private(set) var following: [Int: [Int]] = [:]
    private(set) var changes = FileChanges()
    /// Where a new entry came to stand.
    private var placed: [Int: Int] = [:]

    /// What is compared with each other.
    private enum Group: Hashable {
        case standardError
        /// What came before the first request.
        case beginning
        /// With an exchange that both have, by its old number.
        case exchange(Int)
        /// With an exchange that only one has: with nothing.
        case none
    }

    /// `pairs`: the old exchange that a new one of the client is.
    init(old: WholeSession, new: WholeSession, pairs: [Int: Int]) {
        let known = Set(pairs.values)
        let left = Self.places(of: old) { known.contains($0) ? $0 : nil }
        let right = Self.places(of: new) { pairs[$0] }
        for group in Set(left.keys).union(right.keys) where group != .none {
            align(left[group] ?? [], of: old.entries, right[group] ?? [], of: new.entries)
        }
        insertOthers(of: new, into: old.entries.count)
        changes.kept = kept.count
        changes.replaced = replacement.count
        changes.added = following.values.reduce(0) { $0 + $1.count }
        changes.removed = old.entries.count - kept.count - replacement.count
    }

    private static func places(of session: WholeSession, _ paired: (Int) -> Int?) -> [Group: [Int]] {
        var places: [Group: [Int]] = [:]
        for (place, entry) in session.entriesWithOwner.enumerated() {
            let group: Group
            if entry.entry.isStandardError {
                group = .standardError
            } else if let owner = entry.owner {
                group = paired(owner).map { .exchange($0) } ?? .none
            } else {
                group = .beginning
            }
            places[group, default: []].append(place)
        }
        return places
    }

    private mutating func align(
        _ old: [Int], of oldEntries: [RecordingEntry], _ new: [Int], of newEntries: [RecordingEntry]
    ) {
        let pairs = LineAlignment.pairs(
            old.map { oldEntries[$0].content }, new.map { newEntries[$0].content })
        var (oldStart, newStart) = (0, 0)
        for pair in pairs + [(old.count, new.count)] {
            for (former, entry) in zip(old[oldStart..<pair.old], new[newStart..<pair.new]) {
                replacement[former] = entry
                placed[entry] = former
            }
            if pair.old < old.count {
                kept[old[pair.old]] = new[pair.new]
                placed[new[pair.new]] = old[pair.old]
            }
            (oldStart, newStart) = (pair.old + 1, pair.new + 1)
        }
    }

    /// A new message stands behind the one before it in its exchange, else behind all that was before it and
    /// in front of the next request; in the place of a line that goes, where that is the next.
    private mutating func insertOthers(of new: WholeSession, into count: Int) {
        let entries = new.entriesWithOwner
        // Where the next request behind an entry stands that has its place.
        var ceilings = Array(repeating: count, count: entries.count + 1)
        for (entry, content) in entries.enumerated().reversed() {
            let begun = content.owner.flatMap { new.exchange($0)?.requestSequence }
            let isRequest = begun == content.entry.sequence
            ceilings[entry] = (isRequest ? placed[entry] : nil) ?? ceilings[entry + 1]
        }
        var newest: [Int: Int] = [:]
        var last = -1
        for (entry, content) in entries.enumerated() {
            var place = placed[entry]
            if place == nil {
                let anchor = content.owner.flatMap { newest[$0] } ?? min(last, ceilings[entry] - 1)
                let next = anchor + 1
                if next < count, kept[next] == nil, replacement[next] == nil {
                    replacement[next] = entry
                    place = next
                } else {
                    following[anchor, default: []].append(entry)
                    place = anchor
                }
                placed[entry] = place
            }
            if let owner = content.owner { newest[owner] = place }
            if !content.entry.isStandardError { last = max(last, place ?? last) }
        }
    }
}

extension RecordingEntry {
    /// What must be equal for a message not to have changed.
    fileprivate struct Content: Hashable {
        var lane: Lane?
        var bytes: ArraySlice<UInt8>?
        var framing: [[UInt8]]?
        var truncated: [UInt8]?
        var gap: Gap?
        var hasLineFeed = true
        var isPartial = false
    }

    fileprivate var content: Content {
        switch self {
        case .gap(let gap): return Content(gap: gap.gap)
        case .message(let message):
            var bytes: ArraySlice<UInt8>?
            if case .inline(let body) = message.body { bytes = Placeholder.withoutDigits(body) }
            return Content(
                lane: message.lane, bytes: bytes, framing: message.framing?.pieces,
                truncated: message.truncated?.sha256, hasLineFeed: message.hasLineFeed,
                isPartial: message.isPartial)
        }
    }

    fileprivate var isStandardError: Bool {
        if case .message(let message) = self { return message.lane == .standardError }
        return false
    }
}
