/// Makes the target of a request fit for a recording: values of the query and the user-info are replaced, the
/// names and the path stay.
public enum URLMask {
    /// The URL or path with placeholders. O(n).
    public static func recorded(_ url: ArraySlice<UInt8>, by redactor: Redactor) -> [UInt8] {
        // Most targets are a path and nothing more.
        guard
            url.contains(where: {
                $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "@")
            })
        else { return Array(url) }
        var rest = url
        var result: [UInt8] = []
        if let separator = rest.firstRange(of: Array("://".utf8)) {
            let authority = rest[separator.upperBound...].prefix { !"/?#".utf8.contains($0) }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
                result += rest[..<separator.upperBound]
                result += mask(authority[..<at], by: redactor)
                rest = rest[at...]
            }
        }
        guard let question = rest.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else {
            return result + rest
        }
        result += rest[...question]
        var isFirst = true
        for pair in rest[(question + 1)...].split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: "&") })
        {
            if !isFirst { result.append(UInt8(ascii: "&")) }
            isFirst = false
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                // A word without a value can be a key that stands alone.
                result += mask(pair, by: redactor)
                continue
            }
            result += pair[...equals] + mask(pair[(equals + 1)...], by: redactor)
        }
        return result
    }

    private static func mask(_ value: ArraySlice<UInt8>, by redactor: Redactor) -> [UInt8] {
        value.isEmpty || Placeholder.isText(value)
            ? Array(value) : Array(redactor.placeholder(for: value).utf8)
    }
}
