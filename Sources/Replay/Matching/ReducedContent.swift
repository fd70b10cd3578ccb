import Recording
import Wire

/// Places of a recorded message of which the recording keeps the shape or nothing (`--sampling shape`,
/// `--elicitation off`): any live value of the same type stands there.
struct ReducedContent: Sendable, Equatable {
    /// JSON pointers from the message.
    private var places: Set<String> = []

    /// Nothing is reduced.
    init() {}

    /// What a message's redactions tell; of a batch those of the member at `member`.
    init(_ redactions: [Redaction], member: Int? = nil) {
        let prefix = member.map { "/\($0)" } ?? ""
        for redaction in redactions where redaction.rule == "sampling" || redaction.rule == "elicitation" {
            guard redaction.pointer == prefix || redaction.pointer.hasPrefix(prefix + "/") else { continue }
            places.insert(String(redaction.pointer.dropFirst(prefix.count)))
        }
    }

    var isEmpty: Bool { places.isEmpty }

    func contains(_ pointer: String) -> Bool { places.contains(pointer) }

    /// Whether a difference is none, because of the recorded value only the type is known.
    func excuses(_ difference: FacetDifference) -> Bool {
        guard difference.recorded != nil else {
            // Inside of an object or array that was emptied.
            var place = difference.pointer[...]
            while let slash = place.lastIndex(of: "/") {
                place = place[..<slash]
                if contains(String(place)) { return true }
            }
            return false
        }
        guard contains(difference.pointer), let recorded = difference.recorded, let got = difference.got,
            let left = JSONTree(Array(recorded.utf8)[...]), let right = JSONTree(Array(got.utf8)[...])
        else { return false }
        return Self.isSameType(left.root, right.root)
    }

    static func isSameType(_ left: JSONTree.Node, _ right: JSONTree.Node) -> Bool {
        switch (left.kind, right.kind) {
        case (.true, .false), (.false, .true): true
        default: left.kind == right.kind
        }
    }
}
