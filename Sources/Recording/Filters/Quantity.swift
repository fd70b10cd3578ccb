/// Reads durations and sizes as people write them: `250ms`, `1.5s`, `1MB`, `64KiB`.
public enum Quantity {
    /// Nanoseconds. Units: ns, us or µs, ms, s, m, h, d, w. Nil for anything else, a missing unit included.
    public static func duration(_ text: some StringProtocol) -> Int64? {
        value(String(text)) { unit in
            switch unit {
            case "ns": 1
            case "us", "µs", "μs": 1_000
            case "ms": 1_000_000
            case "s", "sec": 1_000_000_000
            case "m", "min": 60_000_000_000
            case "h": 3_600_000_000_000
            case "d": 86_400_000_000_000
            case "w": 604_800_000_000_000
            default: nil
            }
        }
    }

    /// Bytes. Units: none or B; KB, MB, GB (powers of 1000); KiB, MiB, GiB (powers of 1024); in either case.
    public static func size(_ text: some StringProtocol) -> Int64? {
        value(String(text)) { unit in
            switch unit.lowercased() {
            case "", "b": 1
            case "k", "kb": 1_000
            case "m", "mb": 1_000_000
            case "g", "gb": 1_000_000_000
            case "t", "tb": 1_000_000_000_000
            case "ki", "kib": 1 << 10
            case "mi", "mib": 1 << 20
            case "gi", "gib": 1 << 30
            case "ti", "tib": 1 << 40
            default: nil
            }
        }
    }

    /// Digits, optionally a fraction of at most nine digits, then a unit; nil also when it does not fit.
    private static func value(_ text: String, unit: (String) -> Int64?) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let factor = unit(String(text.dropFirst(number.count))) else { return nil }
        let halves = number.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = halves.first, !head.isEmpty, let whole = Int64(head) else {
            return nil
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard halves.count == 2 else { return scaled }
        let digits = halves[1]
        guard (1...9).contains(digits.count), let fraction = Int64(digits) else { return nil }
        var scale: Int64 = 1
        for _ in digits { scale *= 10 }
        // `factor / scale` is exact for the decimal units; a rest is less than one unit of the last place.
        let (sum, tooLarge) = scaled.addingReportingOverflow(
            factor / scale * fraction + factor % scale * fraction / scale)
        return tooLarge ? nil : sum
    }
}

/// A closed range, open at either end: `250ms..`, `..1s`, `10ms..1s`.
public struct QuantityRange: Sendable, Hashable {
    public var least: Int64?
    public var most: Int64?

    public init(least: Int64? = nil, most: Int64? = nil) {
        self.least = least
        self.most = most
    }

    /// Both ends belong to the range.
    public func contains(_ value: Int64) -> Bool {
        if let least, value < least { return false }
        if let most, value > most { return false }
        return true
    }
}
