/// A JSON number in the one form that all ways to write its value share.
///
/// Exact for any number of digits and any exponent. *Shape*: `12`, `1.5`, `0.001` while the point stands
/// among the first 21 digits or after at most six zeros, else `1.2e-7`, `1e400`. `-0` is `0`.
public struct CanonicalNumber: Sendable, Hashable {
    /// The form, JSON text.
    public let text: [UInt8]

    /// Reads the number token of a valid JSON text; of other bytes the result is some text.
    public init(_ token: ArraySlice<UInt8>) {
        let mark = token.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        var digits: [UInt8] = []
        var integerCount = 0
        var leadingZeros = 0
        var isInFraction = false
        for byte in token[..<(mark ?? token.endIndex)] {
            if byte == UInt8(ascii: ".") { isInFraction = true }
            guard byte &- UInt8(ascii: "0") < 10 else { continue }
            if !isInFraction { integerCount += 1 }
            if digits.isEmpty, byte == UInt8(ascii: "0") {
                leadingZeros += 1
            } else {
                digits.append(byte)
            }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        guard !digits.isEmpty else {
            text = [UInt8(ascii: "0")]
            return
        }
        let isNegative = token.first == UInt8(ascii: "-")
        // The value is 0.d₁d₂d₃… · 10^(integerCount - leadingZeros + written exponent).
        let power = DecimalPower(
            written: mark.map { token[($0 + 1)...] } ?? [], plus: integerCount - leadingZeros - 1)
        text = (isNegative ? [UInt8(ascii: "-")] : []) + CanonicalNumber.format(digits, power)
    }

    /// `digits` without zeros at either end, the point after the first, times ten to the `power`.
    private static func format(_ digits: [UInt8], _ power: DecimalPower) -> [UInt8] {
        let zero = UInt8(ascii: "0")
        let point = UInt8(ascii: ".")
        if let small = power.small, small >= 0, small < 21 {
            guard digits.count > small + 1 else {
                return digits + Array(repeating: zero, count: small + 1 - digits.count)
            }
            return digits[...small] + [point] + digits[(small + 1)...]
        }
        if let small = power.small, small < 0, small > -7 {
            return [zero, point] + Array(repeating: zero, count: -small - 1) + digits
        }
        let rest = digits.count > 1 ? [point] + digits[1...] : []
        return digits[..<1] + rest + [UInt8(ascii: "e")] + power.text
    }
}

/// The exponent of a number: a decimal integer of any size.
private struct DecimalPower {
    /// The exponent when it is small enough for the forms without `e`.
    var small: Int?
    var text: [UInt8]

    /// Digits of an exponent that is added as an `Int`: with any text's length it stays below 2^63.
    private static let wordDigits = 17

    init(written: ArraySlice<UInt8>, plus shift: Int) {
        let isNegative = written.first == UInt8(ascii: "-")
        let digits = Array(
            written.filter { $0 &- UInt8(ascii: "0") < 10 }.drop { $0 == UInt8(ascii: "0") })
        guard digits.count > DecimalPower.wordDigits else {
            let magnitude = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            let value = (isNegative ? -magnitude : magnitude) + shift
            small = value
            text = Array(String(value).utf8)
            return
        }
        // So large that no text's length can change its sign.
        text = DecimalPower.add(isNegative ? -shift : shift, to: digits)
        if isNegative { text.insert(UInt8(ascii: "-"), at: 0) }
    }

    /// Adds to a decimal number that is larger than the addend's magnitude.
    private static func add(_ addend: Int, to digits: [UInt8]) -> [UInt8] {
        var result = digits
        var carry = addend
        var place = result.count - 1
        while carry != 0, place >= 0 {
            let sum = Int(result[place] - UInt8(ascii: "0")) + carry
            // Rounds towards minus infinity, so that a digit is never negative.
            let digit = ((sum % 10) + 10) % 10
            result[place] = UInt8(ascii: "0") + UInt8(digit)
            carry = (sum - digit) / 10
            place -= 1
        }
        if carry > 0 { result = Array(String(carry).utf8) + result }
        return Array(result.drop { $0 == UInt8(ascii: "0") })
    }
}
