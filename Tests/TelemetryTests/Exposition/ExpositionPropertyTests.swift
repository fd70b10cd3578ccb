import Telemetry
import Testing

/// What must hold of any set, read back by a parser that knows nothing of how it was written.
struct ExpositionPropertyTests {
    private static let hostile: [String] = [
        "", " ", "a", "A", "a\"b", "a\\", "\\n", "\n", "\r\n", "}", "{", "a,b=\"c\"", "# EOF", "é",
        "e\u{301}",
        "\0", "\u{FEFF}", "😀", "\u{2028}", String(repeating: "x", count: 4096), "_OTHER", "# TYPE a counter",
        // A lone surrogate and a byte that is not UTF-8, as they arrive.
        String(decoding: [0xED, 0xA0, 0x80] as [UInt8], as: UTF8.self),
        String(decoding: [0xFF, 0x41] as [UInt8], as: UTF8.self),
    ]

    private struct Sample: Hashable {
        var name: String
        var labels: [String: String]
    }

    private static func generated(_ random: inout SeededRandom) -> MetricSet {
        var set = MetricSet()
        for _ in 0..<Int.random(in: 0..<200, using: &random) {
            let metric = Metric.all.randomElement(using: &random) ?? "target_info"
            let labels = metric.definition.labels.map { _ in
                Self.hostile.randomElement(using: &random) ?? ""
            }
            if metric.definition.kind == .histogram {
                let value =
                    Int64.random(in: -5..<400_000_000_000, using: &random)
                    >> Int64.random(
                        in: 0..<40, using: &random)
                set.observe(
                    value, in: metric, labels,
                    exemplar: Exemplar(
                        traceHigh: random.next(), traceLow: random.next(), span: random.next()))
            } else {
                set.add(Int64.random(in: -9..<1_000_000_000, using: &random), to: metric, labels)
            }
        }
        return set
    }

    /// Every sample of an exposition with its value; nil when a line cannot be read.
    private static func samples(_ bytes: [UInt8]) -> [(Sample, Double)]? {
        guard let text = String(validating: bytes, as: UTF8.self), text.isEmpty || text.hasSuffix("\n") else {
            return nil
        }
        var found: [(Sample, Double)] = []
        // By scalar: to Swift, "\r\n" is one character.
        for line in text.unicodeScalars.split(separator: "\n") where line.first != "#" {
            var rest = line[...]
            let name = rest.prefix { $0 != " " && $0 != "{" }
            rest = rest.dropFirst(name.count)
            var labels: [String: String] = [:]
            if rest.first == "{" {
                rest = rest.dropFirst()
                while rest.first != "}" {
                    let label = rest.prefix { $0 != "=" }
                    rest = rest.dropFirst(label.count + 2)
                    var value = String.UnicodeScalarView()
                    while let next = rest.popFirst(), next != "\"" {
                        guard next == "\\" else {
                            value.append(next)
                            continue
                        }
                        guard let escaped = rest.popFirst() else { return nil }
                        value.append(escaped == "n" ? "\n" : escaped)
                    }
                    if labels.updateValue(String(value), forKey: String(label)) != nil { return nil }
                    if rest.first == "," { rest = rest.dropFirst() }
                    if rest.isEmpty { return nil }
                }
                rest = rest.dropFirst()
            }
            let words = rest.split(separator: " ")
            guard let word = words.first, let value = Double(String(word)) else { return nil }
            found.append((Sample(name: String(name), labels: labels), value))
        }
        return found
    }

    @Test(arguments: 0..<60) func `any set is written without a contradiction`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let set = Self.generated(&random)
        for format in Exposition.Format.allCases {
            let bytes = Exposition.write(set, format)
            #expect(bytes == Exposition.write(set, format), "not stable")
            let samples = try #require(Self.samples(bytes), "seed \(seed)")
            #expect(Set(samples.map(\.0)).count == samples.count, "a series comes twice, seed \(seed)")
            var buckets: [Sample: [Double]] = [:]
            var bounds: [Sample: [Double]] = [:]
            var counts: [Sample: Double] = [:]
            for (sample, value) in samples {
                var family = sample
                if sample.name.hasSuffix("_bucket") {
                    let bound = try #require(sample.labels["le"])
                    family.labels["le"] = nil
                    family.name = String(family.name.dropLast("_bucket".count))
                    buckets[family, default: []].append(value)
                    bounds[family, default: []].append(bound == "+Inf" ? .infinity : Double(bound) ?? -1)
                } else if sample.name.hasSuffix("_count") {
                    family.name = String(family.name.dropLast("_count".count))
                    counts[family] = value
                }
            }
            for (family, values) in buckets {
                #expect(values == values.sorted(), "\(family): buckets fall, seed \(seed)")
                #expect(values.last == counts[family], "\(family): +Inf is not the count, seed \(seed)")
                #expect(bounds[family] == bounds[family]?.sorted() && bounds[family]?.last == .infinity)
            }
            #expect(buckets.count == counts.count)
            let labels = samples.flatMap(\.0.labels.values)
            #expect(labels.allSatisfy { Self.hostile.contains($0) || Double($0) != nil || $0 == "+Inf" })
        }
    }

    @Test func `all lines of a family stand together, its head first`() {
        var random = SeededRandom(seed: 7)
        let text = String(decoding: Exposition.write(Self.generated(&random), .text), as: UTF8.self)
        let types = text.split(separator: "\n").filter {
            $0.hasPrefix("# TYPE mcp") || $0.hasPrefix("# TYPE p")
        }
        #expect(Set(types).count == types.count)
        #expect(types.count >= 40)
    }
}
