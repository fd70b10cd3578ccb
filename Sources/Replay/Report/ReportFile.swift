/// A report as it lies in a file.
public enum ReportForm: Sendable, Hashable {
    case json
    /// JUnit's XML, as CI systems read it, with the whole report as a property.
    case junit

    /// By the file's suffix; nil for another.
    public init?(path: String) {
        switch true {
        case path.hasSuffix(".json"): self = .json
        case path.hasSuffix(".xml"): self = .junit
        default: return nil
        }
    }
}

extension ReplayReport {
    /// The bytes of a file with the report.
    public func file(_ form: ReportForm, allPlayed: Bool, isFinished: Bool) -> [UInt8] {
        let json = json(allPlayed: allPlayed, isFinished: isFinished)
        switch form {
        case .json: return json + [UInt8(ascii: "\n")]
        case .junit: return junit(json, allPlayed: allPlayed)
        }
    }

    /// A test case for each miss and, with `allPlayed`, for each request that was never made; one for all
    /// that was answered, so that a replay without a failure is seen to have run.
    private func junit(_ json: [UInt8], allPlayed: Bool) -> [UInt8] {
        let left = allPlayed ? neverAsked : []
        let failures = missCount + left.count
        let suite = XMLText.attribute(recording)
        var text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
        text += "<testsuites>\n"
        text += "  <testsuite name=\"\(suite)\" tests=\"\(failures + 1)\" failures=\"\(failures)\">\n"
        let whole = XMLText.attribute(String(decoding: json, as: UTF8.self))
        text += "    <properties><property name=\"\(Self.property)\" value=\"\(whole)\"/></properties>\n"
        text += "    <testcase classname=\"\(suite)\" name=\"\(Self.count(answered, "request")) answered "
        text += "from the recording\"/>\n"
        for miss in misses {
            text += testCase(Self.subject(miss.method, miss.name), "miss", miss.line, miss.details)
        }
        if missCount > misses.count {
            let more = Self.count(missCount - misses.count, "more miss", "more misses")
            text += testCase("more", "miss", more, [])
        }
        for recorded in left {
            text += testCase(recorded.text, "never_asked", "never asked for: \(recorded.text)", [])
        }
        for recorded in allPlayed ? [] : neverAsked {
            text += "    <!-- never asked for: \(XMLText.comment(recorded.text)) -->\n"
        }
        return Array((text + "  </testsuite>\n</testsuites>\n").utf8)
    }

    /// The name of the property that holds the report as JSON.
    static let property = "mcptape-report"

    private func testCase(_ name: String, _ type: String, _ message: String, _ details: [String]) -> String {
        var text = "    <testcase classname=\"\(XMLText.attribute(recording))\" "
        text += "name=\"\(XMLText.attribute(name))\">\n"
        text += "      <failure type=\"\(type)\" message=\"\(XMLText.attribute(message))\">"
        text += XMLText.attribute(details.joined(separator: "\n"))
        return text + "</failure>\n    </testcase>\n"
    }

    static func subject(_ method: String, _ name: String?) -> String {
        name.map { "\(method) \($0)" } ?? method
    }

    static func count(_ number: Int, _ word: String, _ plural: String) -> String {
        "\(number) \(number == 1 ? word : plural)"
    }
}

extension NearestMiss {
    /// Every difference on a line of its own.
    var details: [String] {
        differences.map { difference in
            let place = difference.pointer.isEmpty ? "params" : difference.pointer
            let recorded = difference.recorded.map { OneLine.text($0, limit: 400) } ?? "nothing"
            let got = difference.got.map { OneLine.text($0, limit: 400) } ?? "nothing"
            return "\(place): recorded \(recorded), got \(got)"
        }
    }
}

/// Text made fit for XML 1.0.
enum XMLText {
    /// For attributes and content. Characters that XML cannot hold become U+FFFD. Line ends survive.
    static func attribute(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result.unicodeScalars.append("\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// For a comment, which may hold no two dashes.
    static func comment(_ text: String) -> String {
        attribute(text).replacing("--", with: "- -").replacing("--", with: "- -")
    }

    /// What `attribute` was given, but for characters that XML cannot hold.
    static func plain(_ text: Substring) -> String {
        var (result, rest) = ("", text)
        while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
            result += rest[..<start]
            let name = rest[rest.index(after: start)..<end]
            switch name {
            case "amp": result += "&"
            case "lt": result += "<"
            case "gt": result += ">"
            case "quot": result += "\""
            case "apos": result += "'"
            default:
                let isHex = name.hasPrefix("#x")
                let digits = name.dropFirst(isHex ? 2 : 1)
                let value = name.hasPrefix("#") ? UInt32(digits, radix: isHex ? 16 : 10) : nil
                result.unicodeScalars.append(value.flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
