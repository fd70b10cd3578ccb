internal import Wire

/// Has protected-resource metadata name our URL instead of the upstream's, for `--rewrite-resource`.
///
/// A client compares `resource` with the URL that it uses and refuses another one. Only URLs of the
/// upstream's own origin are edited; the authorization server's never are, since its issuer is compared too.
/// Source: RFC 9728 §3.3, §5.1; MCP 2025-11-25, basic/authorization.
struct ResourceRewriter {
    private let upstream: UpstreamURL
    /// How the client calls us: `http://127.0.0.1:8808`.
    private let origin: String
    /// `/name`, or empty.
    private let prefix: String

    init(upstream: UpstreamURL, origin: String, prefix: String) {
        self.upstream = upstream
        self.origin = origin
        self.prefix = prefix
    }

    private static let wellKnown = "/.well-known/oauth-protected-resource"

    /// Whether `target`, in the upstream's own terms, asks for protected-resource metadata.
    static func isMetadata(_ target: ArraySlice<UInt8>) -> Bool {
        guard target.starts(with: wellKnown.utf8) else { return false }
        let next = target.dropFirst(wellKnown.utf8.count).first
        return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
    }

    /// A metadata document whose `resource` names us; nil when there is nothing to edit in it.
    func edited(metadata: [UInt8]) -> EditedText? {
        guard let tree = JSONTree(metadata[...]) else { return nil }
        let edits = tree.root.members.compactMap { member -> EditedText.Edit? in
            guard member.isCalled("resource"), let url = member.value.stringValue,
                let path = upstream.path(ofOwn: url)
            else { return nil }
            let own = origin + prefix
            var quoted: [UInt8] = []
            let text = member.value.text
            if text.contains(UInt8(ascii: "\\")) {
                JSONText.quote(own + String(decoding: path, as: UTF8.self), into: &quoted)
                return .init(offset: member.value.range.lowerBound, removed: Array(text), inserted: quoted)
            }
            JSONText.quote(own, into: &quoted)
            return .init(
                offset: member.value.range.lowerBound + 1,
                removed: Array(url.utf8.dropLast(path.count)),
                inserted: Array(quoted.dropFirst().dropLast()))
        }
        return EditedText(metadata[...], edits)
    }

    /// The value of a `WWW-Authenticate` field whose `resource_metadata` leads to us; nil when there is
    /// nothing to edit in it.
    func edited(challenge: ArraySlice<UInt8>) -> EditedText? {
        let ranges = ChallengeParameters.values(of: "resource_metadata", in: challenge)
        let edits = ranges.compactMap { range -> EditedText.Edit? in
            let url = String(decoding: challenge[range], as: UTF8.self)
            guard url.utf8.elementsEqual(challenge[range]), let path = upstream.path(ofOwn: url) else {
                return nil
            }
            var removed = Array(url.utf8.dropLast(path.count))
            var own = origin
            if !prefix.isEmpty, Self.isMetadata(Array(path)[...]) {
                // It lies under the origin's well-known path, so the route's prefix comes behind that.
                removed += Self.wellKnown.utf8
                own += Self.wellKnown
            }
            return .init(
                offset: range.lowerBound - challenge.startIndex, removed: removed,
                inserted: Array((own + prefix).utf8))
        }
        return EditedText(challenge, edits)
    }
}

/// Finds parameters of authentication challenges. Source: RFC 9110 §11.2, §11.6.1.
enum ChallengeParameters {
    /// Where the values of the parameter `name` (lower case) stand, without quotes; one that has an escaped
    /// character is left out.
    static func values(of name: StaticString, in text: ArraySlice<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == quote {
                index = endOfQuoted(text, from: index)
                continue
            }
            let word = index..<(text[index...].firstIndex { !HTTPText.isToken($0) } ?? text.endIndex)
            guard !word.isEmpty else {
                index += 1
                continue
            }
            index = word.upperBound
            guard HTTPText.matches(text[word], name) else { continue }
            var start = skipBlanks(text, from: index)
            guard start < text.endIndex, text[start] == UInt8(ascii: "=") else { continue }
            start = skipBlanks(text, from: start + 1)
            guard start < text.endIndex else { continue }
            if text[start] == quote {
                index = endOfQuoted(text, from: start)
                let value = start + 1..<max(start + 1, index - 1)
                if !text[value].contains(UInt8(ascii: "\\")) { found.append(value) }
            } else {
                // A URL is no token, but some servers send it bare.
                index =
                    text[start...].firstIndex { HTTPText.isBlank($0) || $0 == UInt8(ascii: ",") }
                    ?? text.endIndex
                found.append(start..<index)
            }
        }
        return found
    }

    private static let quote = UInt8(ascii: "\"")

    /// Behind the quoted string that begins at `start`; the end when it is not closed.
    private static func endOfQuoted(_ text: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < text.endIndex {
            if text[index] == quote { return index + 1 }
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return text.endIndex
    }

    private static func skipBlanks(_ text: ArraySlice<UInt8>, from start: Int) -> Int {
        text[start...].firstIndex { !HTTPText.isBlank($0) } ?? text.endIndex
    }
}
