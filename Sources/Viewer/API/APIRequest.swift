/// What is asked for under `/api/`: the words of the path, and what the query says.
struct APIRequest: Equatable {
    /// Behind `/api/`, percent escapes undone: `["sessions", "7k2f…", "exchanges"]`.
    var path: [String]
    /// The last value of each name.
    var query: [String: String]

    init(path: [String], query: [String: String]) {
        self.path = path
        self.query = query
    }

    /// Nil when `request` is not for what is below `/api/`, or holds an escape that is not UTF-8.
    init?(_ request: PageRequest) {
        let prefix = "/api/"
        guard request.path.hasPrefix(prefix) else { return nil }
        path = []
        query = [:]
        for word in request.path.utf8.dropFirst(prefix.utf8.count).split(separator: UInt8(ascii: "/")) {
            guard let text = PercentText.decoded(word, plusIsSpace: false) else { return nil }
            path.append(text)
        }
        for pair in request.query.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentText.decoded(halves[0], plusIsSpace: true),
                let value = halves.count == 2
                    ? PercentText.decoded(halves[1], plusIsSpace: true) : .some("")
            else { return nil }
            query[name] = value
        }
    }
}

/// Percent escapes. Source: RFC 3986 §2.1; `+` is a blank in queries that pages write (WHATWG URL, §5.1).
enum PercentText {
    /// Nil when an escape is cut short, or the whole is not UTF-8.
    static func decoded(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
