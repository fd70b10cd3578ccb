/// The text that Prometheus reads: 0.0.4, or OpenMetrics 1.0.
///
/// Source: prometheus/docs, exposition formats; OpenMetrics 1.0.
public struct Exposition {
    /// Which of the two.
    public enum Format: Sendable, Hashable, CaseIterable {
        case text
        case openMetrics
    }

    /// The value of `Content-Type`.
    public static func contentType(_ format: Format) -> String {
        switch format {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Writes all metrics of `groups`, in the catalogue's order: those without a series too, so that a query
    /// for them is answered with their meaning. Each series gets `added` after its own labels.
    public static func write(
        _ set: MetricSet, _ format: Format,
        groups: Set<MetricDefinition.Group> = Set(MetricDefinition.Group.allCases),
        adding added: [AddedLabel] = []
    ) -> [UInt8] {
        var exposition = Exposition(format: format, added)
        let series = set.series()
        for metric in Metric.all where groups.contains(metric.definition.group) {
            exposition.writeHead(metric.definition)
            for one in series[metric] ?? [] {
                guard let value = set.values[one] else { continue }
                exposition.write(one, value)
            }
        }
        if format == .openMetrics { exposition.add("# EOF\n") }
        return exposition.bytes
    }

    private let format: Format
    private var bytes: [UInt8] = []
    /// The texts of the newest family's bounds: the same in each of its series.
    private var bounds: [[UInt8]] = []

    /// Name and value of what every series gets, escaped.
    private let added: [String]

    private init(format: Format, _ added: [AddedLabel]) {
        self.format = format
        self.added = added.map { Exposition.pair($0.name, $0.value) }
    }

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func writeHead(_ definition: MetricDefinition) {
        // A family of OpenMetrics has the name without the counter's suffix.
        let suffix = "_total"
        let isCounter = definition.kind == .counter && definition.name.hasSuffix(suffix)
        let family =
            format == .openMetrics && isCounter
            ? String(definition.name.dropLast(suffix.count)) : definition.name
        let scale = definition.unit.scale
        bounds =
            definition.bounds.map { Array(DecimalText.bound($0, scale: scale).utf8) } + [Array("+Inf".utf8)]
        let type = "# TYPE \(family) \(definition.kind.rawValue)\n"
        let help = "# HELP \(family) \(Exposition.escaped(definition.help, quotes: format == .openMetrics))\n"
        switch format {
        case .text: add(help + type)
        case .openMetrics:
            add(type)
            if definition.unit != .none { add("# UNIT \(family) \(definition.unit.rawValue)\n") }
            add(help)
        }
    }

    private mutating func write(_ series: MetricSet.Series, _ value: MetricSet.Value) {
        let definition = series.metric.definition
        var pairs: [String] = []
        for (label, value) in zip(definition.labels, series.labels) where !value.isEmpty {
            pairs.append(Exposition.pair(label.name, value))
        }
        let labels = (pairs + added).joined(separator: ",")
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        let scale = definition.unit.scale
        switch value {
        case .number(let number):
            add("\(definition.name)\(braces) \(DecimalText.plain(number, scale: scale))\n")
        case .histogram(let histogram):
            var sum: Int64 = 0
            let start = Array(
                (definition.name + "_bucket{" + labels + (labels.isEmpty ? "" : ",") + "le=\"").utf8)
            for (index, count) in histogram.buckets.enumerated() {
                sum &+= count
                bytes.append(contentsOf: start)
                bytes.append(contentsOf: bounds[index])
                add("\"} ")
                add(String(sum))
                if let exemplar = histogram.exemplars[index] { write(exemplar, scale: scale) }
                bytes.append(0x0A)
            }
            add("\(definition.name)_sum\(braces) \(DecimalText.plain(histogram.sum, scale: scale))\n")
            add("\(definition.name)_count\(braces) \(sum)\n")
        }
    }

    /// Names and values of an exemplar's labels may have 128 characters: these have 63.
    private mutating func write(_ exemplar: Exemplar, scale: Int) {
        guard format == .openMetrics else { return }
        add(" # {trace_id=\"\(exemplar.traceID)\",span_id=\"\(exemplar.spanID)\"} ")
        add(DecimalText.plain(exemplar.value, scale: scale))
        if let time = exemplar.time { add(" " + DecimalText.plain(time, scale: 9)) }
    }

    private static func pair(_ name: String, _ value: String) -> String {
        "\(name)=\"\(escaped(value, quotes: true))\""
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return text }
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
