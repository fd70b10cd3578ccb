/// The fields of metrics, with the numbers and names of opentelemetry-proto 1.11.
extension OTLPMetric {
    /// AGGREGATION_TEMPORALITY_CUMULATIVE
    private static let cumulative = 2

    func write(to writer: inout some OTLPWriter) {
        writer.string(1, "name", name)
        writer.string(2, "description", description)
        writer.string(3, "unit", unit)
        switch data {
        case .gauge(let points):
            writer.message(5, "gauge") { $0.messages(1, "dataPoints", points) { $0.write(to: &$1) } }
        case .sum(let points, let isMonotonic):
            writer.message(7, "sum") {
                $0.messages(1, "dataPoints", points) { $0.write(to: &$1) }
                $0.small(2, "aggregationTemporality", Self.cumulative)
                if isMonotonic { $0.bool(3, "isMonotonic", true) }
            }
        case .histogram(let points):
            writer.message(9, "histogram") {
                $0.messages(1, "dataPoints", points) { $0.write(to: &$1) }
                $0.small(2, "aggregationTemporality", Self.cumulative)
            }
        }
    }
}

extension OTLPMetric.NumberPoint {
    func write(to writer: inout some OTLPWriter) {
        writer.fixed64(2, "startTimeUnixNano", start)
        writer.fixed64(3, "timeUnixNano", time)
        switch value {
        case .double(let number): writer.double(4, "asDouble", number)
        case .int(let number): writer.signedFixed64(6, "asInt", number)
        }
        writer.messages(7, "attributes", attributes) { $0.write(to: &$1) }
    }
}

extension OTLPMetric.HistogramPoint {
    func write(to writer: inout some OTLPWriter) {
        writer.fixed64(2, "startTimeUnixNano", start)
        writer.fixed64(3, "timeUnixNano", time)
        writer.fixed64(4, "count", count)
        writer.double(5, "sum", sum)
        writer.fixed64s(6, "bucketCounts", buckets)
        writer.doubles(7, "explicitBounds", bounds)
        writer.messages(8, "exemplars", exemplars) { $0.write(to: &$1) }
        writer.messages(9, "attributes", attributes) { $0.write(to: &$1) }
    }
}

extension OTLPMetric.Exemplar {
    func write(to writer: inout some OTLPWriter) {
        writer.fixed64(2, "timeUnixNano", time)
        writer.double(3, "asDouble", value)
        writer.identifier(4, "spanId", identity.span)
        writer.identifier(5, "traceId", identity.trace)
    }
}
