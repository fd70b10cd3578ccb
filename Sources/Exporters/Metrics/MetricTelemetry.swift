public import Telemetry

/// A set of metrics as OTLP has it: cumulative, at one moment.
public struct MetricTelemetry {
    /// What was measured, when, and since when its counters count.
    public struct Reading: Sendable {
        public var set: MetricSet
        /// Nanoseconds since 1970.
        public var time: Int64
        /// When the counters of each group were 0, nanoseconds since 1970.
        public var starts: [MetricDefinition.Group: Int64]

        public init(_ set: MetricSet, time: Int64, starts: [MetricDefinition.Group: Int64]) {
            self.set = set
            self.time = time
            self.starts = starts
        }
    }

    /// Points of one message: a metric with more comes in several, so that no batch is large.
    static let pointLimit = 64

    /// The metrics, in the order of the catalogue; those without a point are left out.
    public static func metrics(of reading: Reading) -> [OTLPMetric] {
        var metrics: [OTLPMetric] = []
        let series = Dictionary(grouping: reading.set.values.keys, by: \.metric)
        for metric in Metric.all {
            let definition = metric.definition
            guard series[metric] != nil, let names = MetricNames(definition) else { continue }
            let points = reading.set.series(of: metric)
            for start in stride(from: 0, to: points.count, by: Self.pointLimit) {
                let part = points[start..<min(start + Self.pointLimit, points.count)]
                metrics.append(
                    OTLPMetric(
                        name: names.name, description: definition.help, unit: names.unit,
                        data: data(of: part, definition, names, reading)))
            }
        }
        return metrics
    }

    private static func data(
        of series: ArraySlice<MetricSet.Series>, _ definition: MetricDefinition, _ names: MetricNames,
        _ reading: Reading
    ) -> OTLPMetric.Points {
        let time = UInt64(max(0, reading.time))
        // A clock that was set back makes no interval that ends before it begins.
        let start = min(time, UInt64(max(0, reading.starts[definition.group] ?? reading.time)))
        func numbers(from start: UInt64) -> [OTLPMetric.NumberPoint] {
            series.map { one in
                let value = reading.set.number(one.metric, one.labels)
                return OTLPMetric.NumberPoint(
                    attributes: attributes(of: one), start: start, time: time,
                    value: definition.unit == .seconds ? .double(definition.shown(value)) : .int(value))
            }
        }
        switch definition.kind {
        case .counter: return .sum(numbers(from: start), isMonotonic: true)
        case .gauge where names.isUpDown: return .sum(numbers(from: start), isMonotonic: false)
        case .gauge: return .gauge(numbers(from: 0))
        case .histogram:
            return .histogram(
                series.map { one in
                    point(
                        reading.set.histogram(one.metric, one.labels), definition,
                        attributes(of: one), start, time)
                })
        }
    }

    private static func point(
        _ value: HistogramValue, _ definition: MetricDefinition, _ attributes: [OTLPAttribute],
        _ start: UInt64, _ time: UInt64
    ) -> OTLPMetric.HistogramPoint {
        var point = OTLPMetric.HistogramPoint(
            attributes: attributes, start: start, time: time, count: UInt64(max(0, value.count)),
            sum: definition.shown(value.sum), buckets: value.buckets.map { UInt64(max(0, $0)) },
            bounds: definition.shownBounds)
        for (_, exemplar) in value.exemplars.sorted(by: { $0.key < $1.key }) {
            let trace = bytes(of: exemplar.traceHigh) + bytes(of: exemplar.traceLow)
            point.exemplars.append(
                OTLPMetric.Exemplar(
                    time: UInt64(max(0, exemplar.time ?? 0)), value: definition.shown(exemplar.value),
                    identity: SpanIdentity(trace: trace, span: bytes(of: exemplar.span))))
        }
        return point
    }

    private static func attributes(of series: MetricSet.Series) -> [OTLPAttribute] {
        zip(series.metric.definition.labels, series.labels).compactMap { label, value in
            value.isEmpty ? nil : OTLPAttribute(MetricNames.attribute(label.name), .string(value))
        }
    }

    private static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }
}
