import Telemetry
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `docs/metrics.md` lists what the catalogue has; `UPDATE_GOLDEN=1` writes the list anew.
struct MetricsPageTests {
    private static let path: String = {
        // …/Tests/TelemetryTests/Catalogue/MetricsPageTests.swift
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return "/" + root + "/docs/metrics.md"
    }()
    private static let start = "<!-- made from the catalogue: start -->\n"
    private static let end = "<!-- made from the catalogue: end -->\n"

    @Test func `the page lists the catalogue`() throws {
        let page = String(decoding: Golden.bytes(at: Self.path), as: UTF8.self)
        let before = try #require(page.firstRange(of: Self.start))
        let after = try #require(page.firstRange(of: Self.end))
        let wanted = page[..<before.upperBound] + Self.list() + page[after.lowerBound...]
        Golden.expect(Array(wanted.utf8), at: Self.path)
    }

    @Test func `the prose speaks of no metric that is not there`() {
        let page = String(decoding: Golden.bytes(at: Self.path), as: UTF8.self)
        let names = Set(MetricCatalogue.all.map(\.name))
        for match in page.matches(of: /\b(mcptape_\w+|mcp_client_\w+|process_\w+)\b/) {
            let word = String(match.output.1)
            let isSample = ["_bucket", "_sum", "_count"].contains { suffix in
                word.hasSuffix(suffix) && names.contains(String(word.dropLast(suffix.count)))
            }
            let isLabel = MetricCatalogue.all.contains { $0.labels.contains { $0.name == word } }
            #expect(names.contains(word) || isSample || isLabel, "\(word)")
        }
    }

    private static let titles: [MetricDefinition.Group: String] = [
        .identity: "What answers", .traffic: "Traffic", .store: "Store", .export: "OpenTelemetry export",
        .replay: "Replay", .process: "Process",
    ]

    private static func list() -> String {
        var text = ""
        for group in MetricDefinition.Group.allCases {
            text += "\n### \(titles[group] ?? group.rawValue)\n"
            for row in MetricCatalogue.all where row.group == group { text += entry(row) }
        }
        return text + "\n"
    }

    private static func entry(_ row: MetricDefinition) -> String {
        let unit = row.unit == .none ? "" : ", \(row.unit.rawValue)"
        var lines = ["\n**`\(row.name)`** · \(row.kind.rawValue)\(unit)", "\(row.help)."]
        if !row.labels.isEmpty {
            let labels = row.labels.map { label in
                "`\(label.name)`"
                    + (label.values.isEmpty
                        ? "" : " (" + label.values.map { "`\($0)`" }.joined(separator: ", ") + ")")
            }
            lines.append("Labels: " + labels.joined(separator: ", ") + ".")
        }
        if !row.bounds.isEmpty {
            lines.append("Buckets: " + row.shownBounds.map(number).joined(separator: " ") + ".")
        }
        return lines.map(wrapped).joined(separator: "  \n") + "\n"
    }

    private static func number(_ value: Double) -> String {
        if value >= 1 { return String(Int64(value)) }
        // The shortest digits, never with an exponent.
        var digits = String(Int64((value * 1e9).rounded()))
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "0." + digits
    }

    /// Broken at blanks, for pages have 110 columns.
    private static func wrapped(_ line: String) -> String {
        var lines = [""]
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if lines[lines.count - 1].count + word.count > 105 { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n")
    }
}
