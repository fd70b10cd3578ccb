import Wire

extension NearestMiss {
    /// What was done about a miss instead of answering it with an error that explains it.
    public enum Resolution: Sendable, Equatable {
        /// The nearest recorded request's answer was given (`--on-miss nearest`).
        case nearest
        /// The real server was asked and did not answer; half a sentence says why.
        case failed(String)
    }

    /// The member of an answer's `_meta` that says that it is another request's. In an error, which has no
    /// `_meta`, it is a member of `data`.
    public static let markMember = "mcptape/nearest"

    /// Says in a recorded answer that it is another request's.
    func mark(_ answer: ArraySlice<UInt8>, in splice: inout JSONSplice) {
        guard let root = JSONTree(answer)?.root else { return }
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("message", message)
            json.member("data") { write(into: &$0) }
        }
        let member = Array("\"\(Self.markMember)\":".utf8) + json.bytes
        if let result = root["result"], result.kind == .object {
            Self.insert(member, named: "_meta", into: result, &splice)
        } else if let error = root["error"], error.kind == .object {
            Self.insert(member, named: "data", into: error, &splice)
        }
    }

    /// Puts a member into the object `name` of `parent`, which is made when it is not there; an `error.data`
    /// that is no object gives way to one that holds it.
    private static func insert(
        _ member: [UInt8], named name: String, into parent: JSONTree.Node, _ splice: inout JSONSplice
    ) {
        let (open, comma, close) = (UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: "}"))
        guard let node = parent[name] else {
            let place = parent.range.lowerBound + 1
            let end = parent.childCount > 0 ? [comma] : []
            let text = Array("\"\(name)\":".utf8) + [open] + member + [close] + end
            return splice.replace(place..<place, with: text)
        }
        guard node.kind == .object else {
            let text = [open] + member + Array(",\"data\":".utf8) + node.text + [close]
            return splice.replace(node.range, with: text)
        }
        let place = node.range.lowerBound + 1
        splice.replace(place..<place, with: member + (node.childCount > 0 ? [comma] : []))
    }
}
