/// JSON Pointers: `/params/arguments/0`. Source: RFC 6901.
public enum JSONPointer {
    /// The keys and indices of a pointer, `~1` and `~0` resolved; nil when it neither is empty nor begins
    /// with a slash.
    public static func steps(of pointer: String) -> [String]? {
        guard !pointer.isEmpty else { return [] }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        let steps = pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return steps.map { unescaped($0) }
    }

    /// `pointer` with one more step.
    public static func appending(_ step: String, to pointer: String) -> String {
        var result = pointer + "/"
        for scalar in step.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The array index that `step` names: digits without a leading zero.
    static func index(of step: String) -> Int? {
        guard let first = step.utf8.first, step.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            first != 0x30 || step.utf8.count == 1
        else { return nil }
        return Int(step)
    }

    private static func unescaped(_ step: Substring) -> String {
        guard step.utf8.contains(UInt8(ascii: "~")) else { return String(step) }
        var result = ""
        var isAfterTilde = false
        for scalar in step.unicodeScalars {
            if isAfterTilde {
                isAfterTilde = false
                switch scalar {
                case "0": result += "~"
                case "1": result += "/"
                default:
                    result += "~"
                    result.unicodeScalars.append(scalar)
                }
            } else if scalar == "~" {
                isAfterTilde = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return isAfterTilde ? result + "~" : result
    }
}
