/// Dates of the Gregorian calendar in UTC, to and from nanoseconds since 1970-01-01T00:00:00Z.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days).
public struct CivilTime: Sendable, Hashable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var nanosecond: Int

    /// The date and time of an instant; any instant has one.
    public init(nanosecondsSince1970 instant: Int64) {
        let seconds = Int(floorDivide(instant, by: 1_000_000_000))
        let rest = Int(instant % 1_000_000_000)
        nanosecond = rest < 0 ? rest + 1_000_000_000 : rest
        let days = Int(floorDivide(Int64(seconds), by: 86_400))
        let secondOfDay = seconds - days * 86_400
        hour = secondOfDay / 3_600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        let shifted = days + 719_468
        let era = Int(floorDivide(Int64(shifted), by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Reads `2026-11-23`, `2026-11-23T14:05`, `2026-11-23T14:05:06Z`, with a fraction of up to nine digits.
    ///
    /// Years 1678 to 2261, what 64 bits of nanoseconds hold. Nil for anything else.
    public init?(parsing text: some StringProtocol) {
        var rest = text.utf8[...]
        func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
            let head = rest.prefix(digits)
            guard head.count == digits, head.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            let value = head.reduce(0) { $0 * 10 + Int($1 - 48) }
            return range.contains(value) ? value : nil
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, 1678...2261), take("-"), let month = number(2, 1...12), take("-"),
            let day = number(2, 1...31)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        (hour, minute, second, nanosecond) = (0, 0, 0, 0)
        if take("T") || take(" ") {
            guard let hour = number(2, 0...23), take(":"), let minute = number(2, 0...59) else { return nil }
            self.hour = hour
            self.minute = minute
            if take(":") {
                guard let second = number(2, 0...60) else { return nil }
                self.second = second
                if take(".") {
                    let digits = rest.prefix { (48...57).contains($0) }
                    guard (1...9).contains(digits.count) else { return nil }
                    rest = rest.dropFirst(digits.count)
                    nanosecond = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
                    for _ in digits.count..<9 { nanosecond *= 10 }
                }
            }
            _ = take("Z")
        }
        guard rest.isEmpty else { return nil }
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanosecondsSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = Int(floorDivide(Int64(shiftedYear), by: 400))
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        return Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000).partialValue
            &+ Int64(nanosecond)
    }

    /// `2026-11-23T14:05:06.123456789Z`, with `fraction` digits (0 to 9) after the second.
    public func text(fraction digits: Int = 0) -> String {
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        var text = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
        text += "T" + padded(hour, 2) + ":" + padded(minute, 2) + ":" + padded(second, 2)
        if digits > 0 { text += "." + padded(nanosecond, 9).prefix(min(9, digits)) }
        return text + "Z"
    }
}

/// The quotient rounded towards negative infinity; `divisor` is positive.
private func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
