import ArgumentParser

/// A size as people write it: `4096`, `64KiB`, `1MB`, `5GiB`.
struct ByteCount: ExpressibleByArgument {
    var bytes: Int

    /// Nil for anything that is not digits and a known unit, and for what does not fit.
    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let factor: Int
        switch argument.dropFirst(digits.count).lowercased() {
        case "", "b": factor = 1
        case "k", "kib": factor = 1 << 10
        case "kb": factor = 1000
        case "m", "mib": factor = 1 << 20
        case "mb": factor = 1_000_000
        case "g", "gib": factor = 1 << 30
        case "gb": factor = 1_000_000_000
        case "t", "tib": factor = 1 << 40
        case "tb": factor = 1_000_000_000_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        bytes = product
    }
}
