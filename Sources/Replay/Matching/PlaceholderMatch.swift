import Recording
import Wire

/// Compares a recorded value that holds placeholders with a live one.
///
/// A placeholder stands for any live value of its JSON type; inside of a longer string, for any piece of it.
/// One placeholder stands for one value: what it met is kept, and a comparison in which it would meet another
/// one fails. Everything else is compared as `CanonicalJSON` does.
struct PlaceholderMatch: Sendable {
    /// What each placeholder met before, by its digits: a string's bytes, the canonical form of a number.
    private let known: [String: [UInt8]]
    /// What others met in this comparison.
    private(set) var fresh: [String: [UInt8]] = [:]
    /// Whether a placeholder was met that stands for another value already.
    private(set) var hasConflict = false
    /// Placeholders that met a value, in this comparison.
    private(set) var count = 0
    /// Places of the recorded message at which only types are compared.
    private let reduced: ReducedContent

    /// Ways to lay the pieces of one string on a live one that are tried. Ordinary texts need one for each
    /// placeholder; a text that was built against it misses.
    private static let attemptLimit = 10_000

    init(known: [String: [UInt8]] = [:], reduced: ReducedContent = ReducedContent()) {
        self.known = known
        self.reduced = reduced
    }

    /// Whether `text`, a JSON text, may hold a placeholder; false is certain.
    static func mayHoldPlaceholder(_ text: ArraySlice<UInt8>) -> Bool {
        !Placeholder.places(in: text).isEmpty || holdsNumber(text)
    }

    private static let numberSearch = ByteSearch("7303".utf8)

    private static func holdsNumber(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        while let start = numberSearch.firstIndex(in: rest) {
            if Placeholder.numberDigits(text[start...].prefix(16)) != nil { return true }
            rest = text[(start + 1)...]
        }
        return false
    }

    /// Whether two JSON texts are equal but for placeholders in `recorded`, and hold at least one.
    static func excuses(_ recorded: String, for live: String) -> Bool {
        let text = Array(recorded.utf8)
        guard mayHoldPlaceholder(text[...]), let left = JSONTree(text[...]),
            let right = JSONTree(Array(live.utf8)[...])
        else { return false }
        var match = PlaceholderMatch()
        return match.equals(left.root, right.root)
    }

    /// Whether a line that is no JSON is equal to a recorded one but for its placeholders.
    static func excuses(line recorded: ArraySlice<UInt8>, for live: ArraySlice<UInt8>) -> Bool {
        let text = Array(recorded)
        let places = Placeholder.places(in: text[...])
        var match = PlaceholderMatch()
        return !places.isEmpty && match.covers(text, places, live)
    }

    /// The digits of the placeholders in a value that are values themselves; nil when others are there too:
    /// inside of a longer string, or in a key.
    static func wholeDigits(in node: JSONTree.Node) -> Set<String>? {
        var digits: Set<String> = []
        return collect(node, into: &digits) ? digits : nil
    }

    /// As deep as a tree may be.
    private static func collect(_ node: JSONTree.Node, into digits: inout Set<String>) -> Bool {
        switch node.kind {
        case .number:
            if let found = Placeholder.numberDigits(node.text) { digits.insert(found) }
        case .string:
            let bytes = Array((node.stringValue ?? "").utf8)
            let places = Placeholder.places(in: bytes[...])
            guard places.count <= 1, places.first.map({ $0.range == 0..<bytes.count }) ?? true else {
                return false
            }
            if let place = places.first { digits.insert(place.digits) }
        case .array:
            for element in node.children where !collect(element, into: &digits) { return false }
        case .object:
            for member in node.members {
                guard Placeholder.places(in: Array(member.key.utf8)[...]).isEmpty,
                    collect(member.value, into: &digits)
                else { return false }
            }
        case .true, .false, .null: break
        }
        return true
    }

    // MARK: Values

    /// Whether the live value serves for the recorded one. Values that were met before a difference stay
    /// noted, so a failed comparison is to be thrown away. `pointer` is where they stand in their message.
    /// O(n) but for the sorting of members.
    mutating func equals(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String? = nil
    ) -> Bool {
        if let pointer, reduced.contains(pointer) {
            count += 1
            return ReducedContent.isSameType(recorded, live)
        }
        guard recorded.kind == live.kind else { return false }
        switch recorded.kind {
        case .true, .false, .null: return true
        case .number:
            let value = CanonicalNumber(live.text).text
            guard let digits = Placeholder.numberDigits(recorded.text) else {
                return CanonicalNumber(recorded.text).text == value
            }
            return meets(digits, value)
        case .string:
            guard let text = recorded.stringValue else { return false }
            let bytes = Array(text.utf8)
            let places = Placeholder.places(in: bytes[...])
            guard !places.isEmpty else {
                return CanonicalJSON.bytes(of: recorded) == CanonicalJSON.bytes(of: live)
            }
            return covers(bytes, places, Array((live.stringValue ?? "").utf8)[...])
        case .array:
            var others = live.children
            for (index, element) in recorded.children.enumerated() {
                guard let other = others.next(), equals(element, other, at: inner("\(index)", pointer)) else {
                    return false
                }
            }
            return others.next() == nil
        case .object: return equalMembers(recorded, live, at: pointer)
        }
    }

    /// Where the member or element called `step` stands; nil when nobody asks.
    private func inner(_ step: @autoclosure () -> String, _ pointer: String?) -> String? {
        reduced.isEmpty ? nil : pointer.map { JSONPointer.appending(step(), to: $0) }
    }

    private mutating func equalMembers(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String?
    ) -> Bool {
        var rest = Self.lastMembers(of: live)
        var renamed: [(key: [UInt8], value: JSONTree.Node)] = []
        for (key, value) in Self.lastMembers(of: recorded).sorted(by: { $0.value.order < $1.value.order }) {
            if let other = rest.removeValue(forKey: key) {
                let place = inner(String(decoding: key, as: UTF8.self), pointer)
                guard equals(value.node, other.node, at: place) else { return false }
            } else {
                renamed.append((key, value.node))
            }
        }
        // Secrets stand in keys too, rarely: the first live member that fits is theirs.
        for member in renamed {
            let places = Placeholder.places(in: member.key[...])
            guard !places.isEmpty else { return false }
            let found = rest.sorted { $0.value.order < $1.value.order }.first { candidate in
                var attempt = self
                return attempt.covers(member.key, places, candidate.key[...])
                    && attempt.equals(member.value, candidate.value.node)
            }
            guard let found, covers(member.key, places, found.key[...]),
                equals(member.value, found.value.node)
            else { return false }
            rest[found.key] = nil
        }
        return rest.isEmpty
    }

    /// The last of an object's members of each key, with their order.
    private static func lastMembers(
        of node: JSONTree.Node
    ) -> [[UInt8]: (order: Int, node: JSONTree.Node)] {
        var members: [[UInt8]: (order: Int, node: JSONTree.Node)] = [:]
        for (order, member) in node.members.enumerated() {
            members[Array(member.key.utf8)] = (order, member.value)
        }
        return members
    }

    // MARK: Placeholders

    private mutating func meets(_ digits: String, _ value: [UInt8]) -> Bool {
        count += 1
        guard let old = fresh[digits] ?? known[digits] else {
            fresh[digits] = value
            return true
        }
        if old != value { hasConflict = true }
        return old == value
    }

    /// Whether a live string is the recorded one with values for its placeholders.
    private mutating func covers(
        _ recorded: [UInt8], _ places: [Placeholder.Place], _ live: ArraySlice<UInt8>
    ) -> Bool {
        if places.count == 1, places[0].range == 0..<recorded.count {
            return meets(places[0].digits, Array(live))
        }
        var layout = TextLayout(recorded, places, known: known, attempts: Self.attemptLimit)
        if let found = layout.values(for: live, knowing: fresh) {
            count += places.count
            fresh = found
            return true
        }
        // Would it fit if nothing were known yet?
        layout = TextLayout(recorded, places, known: [:], attempts: Self.attemptLimit)
        if layout.values(for: live, knowing: [:]) != nil { hasConflict = true }
        return false
    }
}

/// A text that is known but for the values of its placeholders.
private struct TextLayout {
    /// What stands before each placeholder, and behind the last.
    private var pieces: [ArraySlice<UInt8>] = []
    private let digits: [String]
    private let known: [String: [UInt8]]
    private var attempts: Int

    init(_ text: [UInt8], _ places: [Placeholder.Place], known: [String: [UInt8]], attempts: Int) {
        self.known = known
        self.attempts = attempts
        digits = places.map(\.digits)
        var start = 0
        for place in places {
            pieces.append(text[start..<place.range.lowerBound])
            start = place.range.upperBound
        }
        pieces.append(text[start...])
    }

    /// The values that make `live` of the text, added to `fresh`; nil when there are none.
    mutating func values(
        for live: ArraySlice<UInt8>, knowing fresh: [String: [UInt8]]
    ) -> [String: [UInt8]]? {
        // What must stand at the ends is cheap to look at, and sorts out nearly everything.
        guard live.starts(with: pieces[0]), let last = pieces.last,
            live.suffix(last.count).elementsEqual(last)
        else { return nil }
        return values(from: 0, in: live.dropFirst(pieces[0].count), fresh)
    }

    /// `rest` begins with the value of placeholder `index`. Recursion ends at the last one, and a recorded
    /// text has no more of them than fit into a message; each takes one attempt.
    private mutating func values(
        from index: Int, in rest: ArraySlice<UInt8>, _ fresh: [String: [UInt8]]
    ) -> [String: [UInt8]]? {
        guard index < digits.count else { return rest.isEmpty ? fresh : nil }
        let next = pieces[index + 1]
        let isLast = index + 1 == digits.count
        if let value = fresh[digits[index]] ?? known[digits[index]] {
            attempts -= 1
            guard attempts > 0, rest.starts(with: value) else { return nil }
            let behind = rest.dropFirst(value.count)
            guard behind.starts(with: next) else { return nil }
            return values(from: index + 1, in: behind.dropFirst(next.count), fresh)
        }
        // The last value reaches to the last piece, an earlier one to one of the next piece's places.
        if isLast {
            guard rest.count > next.count, rest.suffix(next.count).elementsEqual(next) else { return nil }
            return fresh.merging([digits[index]: Array(rest.dropLast(next.count))]) { $1 }
        }
        let search = ByteSearch(next)
        // No value is empty, so the next piece begins one byte further at the earliest.
        var from = rest.startIndex + 1
        while from <= rest.endIndex, attempts > 0 {
            attempts -= 1
            guard let place = next.isEmpty ? from : search.firstIndex(in: rest[from...]) else { return nil }
            let value = [digits[index]: Array(rest[..<place])]
            if let found = values(
                from: index + 1, in: rest[(place + next.count)...], fresh.merging(value) { $1 })
            {
                return found
            }
            from = place + 1
        }
        return nil
    }
}
