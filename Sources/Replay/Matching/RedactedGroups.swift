import MCPSemantics
import Recording
import Wire

/// The recorded requests of a script that hold placeholders: they are matched value by value.
///
/// Slower than the index of canonical bytes, and asked only where that finds nothing: one comparison for each
/// recorded request of the method that holds a placeholder.
struct RedactedGroups: Sendable {
    /// Places among the index's groups, by method.
    private var groups: [String: [Int]] = [:]
    /// What every placeholder met in this session so far.
    private var met = PlaceholderMatch()
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

    var isEmpty: Bool { groups.isEmpty }

    mutating func insert(_ group: Int, method: String) { groups[method, default: []].append(group) }

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
        let plan = FacetPlan(for: method, comparing: compared)
        let live = Self.values(of: request, plan)
        var best: (rank: Int, group: Int, match: PlaceholderMatch)?
        var conflict: (group: Int, facet: MatchFacet)?
        for group in groups[method] ?? [] {
            guard let candidate = recorded(group) else { continue }
            let text = candidate.text
            var match = PlaceholderMatch(values: met.values, reduced: candidate.reduced)
            if let failed = Self.firstDifference(Self.values(of: text, plan), live, &match) {
                guard match.hasConflict, conflict == nil else { continue }
                // Only when nothing else is different.
                var fresh = PlaceholderMatch(reduced: candidate.reduced)
                guard Self.firstDifference(Self.values(of: text, plan), live, &fresh) == nil else { continue }
                conflict = (
                    group, RequestFacets(of: text, method: method, comparing: compared).facets[failed]
                )
                continue
            }
            let rank =
                (Self.isTwoWay(match) ? 0 : 2) + (isTaken(group) ? 1 : 0) - 4 * agreements(of: match)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, group, match) }
        }
        if let best { return .match(group: best.group, best.match) }
        return conflict.map { .conflict(group: $0.group, facet: $0.facet) } ?? .none
    }

    /// Keeps what the placeholders of a request met that is answered.
    mutating func take(_ match: PlaceholderMatch) { met = PlaceholderMatch(values: match.values) }

    /// How many placeholders that met a value for the first time were made of just that value.
    private func agreements(of match: PlaceholderMatch) -> Int {
        guard let redactor else { return 0 }
        return match.values.count { digits, value in
            met.values[digits] == nil && redactor.makes(placeholderWith: digits, of: value)
        }
    }

    private static func isTwoWay(_ match: PlaceholderMatch) -> Bool {
        Set(match.values.values).count == match.values.count
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
