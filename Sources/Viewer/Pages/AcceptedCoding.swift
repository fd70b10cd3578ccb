/// What a client says of content codings.
enum AcceptedCoding {
    /// Whether gzip is welcome: named, or meant by `*`, and not refused. Source: RFC 9110 §12.5.3.
    static func allowsGzip(_ accepted: String?) -> Bool {
        var named: Bool?
        var others = false
        for part in (accepted ?? "").split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = words.first else { continue }
            let isWanted = words.dropFirst().allSatisfy { word in
                guard word.hasPrefix("q=") else { return true }
                // A quality that cannot be read is none.
                return Double(word.dropFirst(2)).map { $0 > 0 } ?? false
            }
            switch coding {
            case "gzip", "x-gzip": named = isWanted
            case "*": others = isWanted
            default: continue
            }
        }
        return named ?? others
    }
}
