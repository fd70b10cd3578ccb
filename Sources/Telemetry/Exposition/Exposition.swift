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
    /// for them is answered with their meaning.
    public static func write(
        _ set: MetricSet, _ format: Format,
        groups: Set<MetricDefinition.Group> = Set(MetricDefinition.Group.allCases)
    ) -> [UInt8] {
        var exposition = Exposition(format: format)
        let series = set.series()
        for metric in Metric.all where groups.contains(metric.definition.group) {
            exposition.writeHead(metric.definition)
            for one in series[metric] ?? [] {
                guard let value = set.values[one] else { continue }
                exposition.write(one, value)
            }
        }
        if format == .openMetrics { exposition.text += "# EOF\n" }
        return Array(exposition.text.utf8)
    }

    private let format: Format
    private var text = ""

    private init(format: Format) { self.format = format }

    private mutating func writeHead(_ definition: MetricDefinition) {
        // A family of OpenMetrics has the name without the counter's suffix.
        let suffix = "_total"
        let isCounter = definition.kind == .counter && definition.name.hasSuffix(suffix)
        let family =
            format == .openMetrics && isCounter
            ? String(definition.name.dropLast(suffix.count)) : definition.name
        let type = "# TYPE \(family) \(definition.kind.rawValue)\n"
        let help = "# HELP \(family) \(Exposition.escaped(definition.help, quotes: format == .openMetrics))\n"
        switch format {
        case .text: text += help + type
        case .openMetrics:
            text += type
            if definition.unit != .none { text += "# UNIT \(family) \(definition.unit.rawValue)\n" }
            text += help
        }
    }

    private mutating func write(_ series: MetricSet.Series, _ value: MetricSet.Value) {
        let definition = series.metric.definition
        var labels = ""
        for (label, value) in zip(definition.labels, series.labels) where !value.isEmpty {
            if !labels.isEmpty { labels += "," }
            labels += "\(label.name)=\"\(Exposition.escaped(value, quotes: true))\""
        }
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        let scale = definition.unit.scale
        switch value {
        case .number(let number):
            text += "\(definition.name)\(braces) \(DecimalText.plain(number, scale: scale))\n"
        case .histogram(let histogram):
            var sum: Int64 = 0
            let start = definition.name + "_bucket{" + labels + (labels.isEmpty ? "" : ",") + "le=\""
            for (index, count) in histogram.buckets.enumerated() {
                sum &+= count
                let bound =
                    index < definition.bounds.count
                    ? DecimalText.bound(definition.bounds[index], scale: scale) : "+Inf"
                text += start + bound + "\"} " + String(sum)
                if let exemplar = histogram.exemplars[index] { write(exemplar, scale: scale) }
                text += "\n"
            }
            text += "\(definition.name)_sum\(braces) \(DecimalText.plain(histogram.sum, scale: scale))\n"
            text += "\(definition.name)_count\(braces) \(sum)\n"
        }
    }

    /// Names and values of an exemplar's labels may have 128 characters: these have 63.
    private mutating func write(_ exemplar: Exemplar, scale: Int) {
        guard format == .openMetrics, Exposition.isHexadecimal(exemplar.traceID, 32),
            Exposition.isHexadecimal(exemplar.spanID, 16)
        else { return }
        text += " # {trace_id=\"\(exemplar.traceID)\",span_id=\"\(exemplar.spanID)\"} "
        text += DecimalText.plain(exemplar.value, scale: scale)
        if let time = exemplar.time { text += " " + DecimalText.plain(time, scale: 9) }
    }

    private static func isHexadecimal(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 || 0x41...0x46 ~= $0 }
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
