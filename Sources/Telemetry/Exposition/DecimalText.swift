/// Whole numbers of small units as decimal text, exactly.
enum DecimalText {
    /// `value` · 10^-`scale` in plain digits: `0.25`, `12`, `-3.000000001`.
    static func plain(_ value: Int64, scale: Int) -> String {
        guard scale > 0 else { return String(value) }
        let (digits, point) = significant(value.magnitude, scale: scale)
        let sign = value < 0 ? "-" : ""
        if digits.isEmpty { return "0" }
        if point <= 0 { return sign + "0." + zeros(-point) + digits }
        if point >= digits.count { return sign + digits + zeros(point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The text of a bucket's bound: as Go's `%g` writes it, always marked as a float.
    ///
    /// Source: OpenMetrics 1.0, Considerations: Canonical Numbers.
    static func bound(_ value: Int64, scale: Int) -> String {
        let (digits, point) = significant(value.magnitude, scale: scale)
        let exponent = point - 1
        guard !digits.isEmpty, exponent < -4 || exponent >= 6 else {
            let text = plain(value, scale: scale)
            return text.contains(".") ? text : text + ".0"
        }
        let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
        let magnitude = exponent.magnitude
        return digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+")
            + (magnitude < 10 ? "0" : "") + String(magnitude)
    }

    /// The digits without zeros at either end, and where the point stands before, in or after them.
    private static func significant(_ value: UInt64, scale: Int) -> (digits: String, point: Int) {
        guard value > 0 else { return ("", 0) }
        var rest = value
        var dropped = 0
        while rest % 10 == 0 {
            rest /= 10
            dropped += 1
        }
        let digits = String(rest)
        return (digits, digits.count + dropped - scale)
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
