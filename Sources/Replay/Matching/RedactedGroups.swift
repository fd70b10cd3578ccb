import MCPSemantics
import Recording
import Wire

/// The recorded requests of a script that hold placeholders: they are matched value by value.
///
/// Slower than the index of canonical bytes, and asked only where that finds nothing: a comparison for each
/// recorded request of the method that has met a value of the live one, and for the first that has met none.
/// Only where none of these serves, one for each that holds a placeholder.
struct RedactedGroups: Sendable {
    /// What was recorded of one method.
    private struct Bucket: Sendable {
        /// Places among the index's groups, in order.
        var all: [Int] = []
        /// Those that are looked at for every request: their placeholders are parts of values.
        var always: [Int] = []
        /// Those of which every placeholder is a value; the ones before `openFrom` met theirs.
        var plain: [Int] = []
        var openFrom = 0
    }

    private var buckets: [String: Bucket] = [:]
    private var groupsByDigits: [String: [Int]] = [:]
    /// Groups of which a placeholder has met its value.
    private var closed: Set<Int> = []
    /// What every placeholder met in this session so far, and the other way round.
    private var met: [String: [UInt8]] = [:]
    private var digitsByValue: [[UInt8]: [String]] = [:]
    private let compared: Set<String>?
    /// Makes placeholders under the key at hand, which may be the recording's or another one.
    private let redactor: Redactor?

    /// `compared`: the names of the facets that are; nil: all.
    init(comparing compared: Set<String>? = nil, redactor: Redactor? = nil) {
        self.compared = compared
        self.redactor = redactor
    }

    /// What of a recorded request is compared.
    struct Recorded {
        var text: ArraySlice<UInt8>
        var reduced: ReducedContent
    }

    var isEmpty: Bool { buckets.isEmpty }

    /// Adds a group, whose request is `recorded`.
    mutating func insert(_ group: Int, method: String, _ recorded: Recorded) {
        var bucket = buckets[method, default: Bucket()]
        bucket.all.append(group)
        let digits =
            recorded.reduced.isEmpty
            ? JSONTree(recorded.text).flatMap { tree in
                PlaceholderMatch.wholeDigits(in: tree.root)
            } : nil
        if let digits, !digits.isEmpty {
            bucket.plain.append(group)
            for found in digits { groupsByDigits[found, default: []].append(group) }
        } else {
            bucket.always.append(group)
        }
        buckets[method] = bucket
    }

    /// What a live request meets among them.
    enum Finding {
        case none
        /// `group` serves.
        case match(group: Int, PlaceholderMatch)
        /// `group` would, but one of its placeholders stands for another value already.
        case conflict(group: Int, facet: MatchFacet)
    }

    /// The best group for `request`.
    ///
    /// Of several, the one with the most placeholders that would be made of the live values too, under the
    /// key at hand: with the recording's that is the right one, with another key there is none. Then one
    /// that contradicts no earlier meeting in either direction (two placeholders are two
    /// values where they were recorded), then one that was not asked for yet, then the first.
    func finding(
        for request: ArraySlice<UInt8>, method: String, recorded: (Int) -> Recorded?,
        isTaken: (Int) -> Bool
    ) -> Finding {
        guard let bucket = buckets[method] else { return .none }
        let plan = FacetPlan(for: method, comparing: compared)
        let live = Self.values(of: request, plan)
        var best: (rank: Int, group: Int, match: PlaceholderMatch)?
        var conflict: (group: Int, facet: MatchFacet)?
        /// Whether it serves.
        func look(_ group: Int) -> Bool {
            guard let candidate = recorded(group) else { return false }
            let text = candidate.text
            var match = PlaceholderMatch(known: met, reduced: candidate.reduced)
            if let failed = Self.firstDifference(Self.values(of: text, plan), live, &match) {
                guard match.hasConflict, conflict == nil else { return false }
                // Only when nothing else is different.
                var fresh = PlaceholderMatch(reduced: candidate.reduced)
                guard Self.firstDifference(Self.values(of: text, plan), live, &fresh) == nil else {
                    return false
                }
                conflict = (
                    group, RequestFacets(of: text, method: method, comparing: compared).facets[failed]
                )
                return false
            }
            let rank =
                (isTwoWay(match) ? 0 : 2) + (isTaken(group) ? 1 : 0) - 4 * agreements(of: match)
            if best.map({ (rank, group) < ($0.rank, $0.group) }) ?? true { best = (rank, group, match) }
            return true
        }
        for group in likely(for: request, in: bucket) { _ = look(group) }
        // Those that met nothing yet are alike: the first that serves is the best of them.
        for group in bucket.plain[bucket.openFrom...] where !closed.contains(group) {
            if look(group) { break }
        }
        if best == nil { for group in bucket.all where look(group) { break } }
        if let best { return .match(group: best.group, best.match) }
        return conflict.map { .conflict(group: $0.group, facet: $0.facet) } ?? .none
    }

    /// Groups that have met a value of `request`, or that its values would be made into, and those of which
    /// that cannot be told; in order.
    private func likely(for request: ArraySlice<UInt8>, in bucket: Bucket) -> [Int] {
        var groups = Set(bucket.always)
        if let root = JSONTree(request)?.root {
            for value in Self.scalars(of: root) {
                var digits = digitsByValue[value] ?? []
                if let redactor { digits += redactor.digits(of: value) }
                for found in digits { groups.formUnion(groupsByDigits[found] ?? []) }
            }
        }
        return groups.sorted()
    }

    /// What placeholders may stand for: the bytes of strings, numbers in their canonical form.
    private static func scalars(of root: JSONTree.Node) -> Set<[UInt8]> {
        var values: Set<[UInt8]> = []
        func collect(_ node: JSONTree.Node) {
            switch node.kind {
            case .string: values.insert(Array((node.stringValue ?? "").utf8))
            case .number: values.insert(CanonicalNumber(node.text).text)
            case .array: for element in node.children { collect(element) }
            case .object: for member in node.members { collect(member.value) }
            case .true, .false, .null: break
            }
        }
        collect(root)
        return values
    }

    /// Keeps what the placeholders of a request met that is answered.
    mutating func take(_ fresh: [String: [UInt8]], method: String) {
        for (digits, value) in fresh {
            met[digits] = value
            digitsByValue[value, default: []].append(digits)
            closed.formUnion(groupsByDigits[digits] ?? [])
        }
        guard var bucket = buckets.removeValue(forKey: method) else { return }
        while bucket.openFrom < bucket.plain.count, closed.contains(bucket.plain[bucket.openFrom]) {
            bucket.openFrom += 1
        }
        buckets[method] = bucket
    }

    /// How many placeholders that met a value for the first time were made of just that value.
    private func agreements(of match: PlaceholderMatch) -> Int {
        guard let redactor else { return 0 }
        return match.fresh.count { digits, value in redactor.makes(placeholderWith: digits, of: value) }
    }

    /// Whether no two placeholders have met one value.
    private func isTwoWay(_ match: PlaceholderMatch) -> Bool {
        digitsByValue.count == met.count && Set(match.fresh.values).count == match.fresh.count
            && match.fresh.values.allSatisfy { digitsByValue[$0] == nil }
    }

    /// The facets with their places in the message.
    private static func values(
        of request: ArraySlice<UInt8>, _ plan: FacetPlan
    ) -> [(pointer: String, value: FacetValue)] {
        var values: [(pointer: String, value: FacetValue)] = []
        plan.forEach(in: JSONTree(request)?.root["params"]) { path, value in
            let steps = path?.path ?? ["params"]
            values.append((steps.reduce("") { JSONPointer.appending($1, to: $0) }, value))
        }
        return values
    }

    /// The first facet in which they differ; nil when the live request serves.
    private static func firstDifference(
        _ recorded: [(pointer: String, value: FacetValue)], _ live: [(pointer: String, value: FacetValue)],
        _ match: inout PlaceholderMatch
    ) -> Int? {
        for (index, pair) in zip(recorded, live).enumerated() {
            if case .present = pair.0.value, case .present = pair.1.value { continue }
            switch (pair.0.value.text, pair.1.value.text) {
            case (nil, nil): continue
            case (let left?, let right?):
                guard let left = JSONTree(left)?.root, let right = JSONTree(right)?.root,
                    match.equals(left, right, at: pair.0.pointer)
                else { return index }
            default: return index
            }
        }
        return nil
    }
}
