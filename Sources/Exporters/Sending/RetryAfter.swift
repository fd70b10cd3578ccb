internal import Recording

/// The header `Retry-After`: seconds, or a date. Source: RFC 9110 §10.2.3, §5.6.7.
enum RetryAfter {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Nanoseconds from `now` (since 1970), never negative; nil when it is neither.
    static func nanoseconds(_ text: String, now: Int64) -> Int64? {
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !text.isEmpty {
            // More digits than an Int64 holds mean "for ever", which is bounded elsewhere.
            return min(Int64(text) ?? 1_000_000, 1_000_000) * 1_000_000_000
        }
        return date(text).map { max(0, $0 - now) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that may be sent today.
    private static func date(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[0].hasSuffix(","),
            let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), (1970...2200).contains(year), (1...31).contains(day)
        else { return nil }
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return CivilTime(parsing: "\(year)-\(padded(month + 1))-\(padded(day))T\(parts[4])Z")?
            .nanosecondsSince1970
    }
}
