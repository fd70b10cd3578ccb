/// Durations and sizes as a person reads them.
public enum HumanText {
    /// Nanoseconds: `640 ns`, `13 µs`, `4.2 ms`, `1.50 s`, `2 m 03 s`, `5 h 02 m`, `3 d 04 h`.
    public static func duration(nanoseconds: Int64) -> String {
        if nanoseconds < 0 { return "-" + duration(nanoseconds: nanoseconds == .min ? .max : -nanoseconds) }
        switch nanoseconds {
        case ..<1000: return "\(nanoseconds) ns"
        case ..<1_000_000: return scaled(nanoseconds, 1000, "µs")
        case ..<1_000_000_000: return scaled(nanoseconds, 1_000_000, "ms")
        case ..<60_000_000_000: return scaled(nanoseconds, 1_000_000_000, "s")
        default: break
        }
        let seconds = nanoseconds / 1_000_000_000
        if seconds < 3600 { return "\(seconds / 60) m \(twoDigits(seconds % 60)) s" }
        if seconds < 86400 { return "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) m" }
        return "\(seconds / 86400) d \(twoDigits(seconds / 3600 % 24)) h"
    }

    /// How long ago, in one unit: `now`, `42 s`, `7 m`, `5 h`, `12 d`.
    public static func age(nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        switch seconds {
        case ..<2: return "now"
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) m"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86400) d"
        }
    }

    /// Bytes: `512 B`, `1.2 KiB`, `3.4 MiB`, `1.0 GiB`.
    public static func size(_ bytes: Int) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value, digits: value < 10 ? 1 : 0)) \(units[unit])"
    }

    /// A number with thousands apart: `1,048,576`.
    public static func count(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var result = ""
        while digits.count > 3 {
            result = "," + digits.suffix(3) + result
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + digits + result
    }

    /// `1 message`, `2 messages`.
    public static func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    /// Seconds since the start with microseconds: `12.004512`.
    public static func offset(nanoseconds: Int64) -> String {
        let microseconds = max(0, nanoseconds) / 1000
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }

    private static func scaled(_ value: Int64, _ unit: Int64, _ name: String) -> String {
        let number = Double(value) / Double(unit)
        let digits = number < 10 ? 2 : number < 100 ? 1 : 0
        return "\(decimal(number, digits: digits)) \(name)"
    }

    /// Fixed decimals, rounded down so that `999.9 µs` never reads `1000 µs`.
    private static func decimal(_ value: Double, digits: Int) -> String {
        let factor = [1.0, 10, 100][digits]
        let scaled = Int((value * factor).rounded(.down))
        guard digits > 0 else { return String(scaled) }
        let fraction = String(scaled % Int(factor))
        return "\(scaled / Int(factor))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
