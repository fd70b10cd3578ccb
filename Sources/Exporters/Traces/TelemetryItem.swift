/// What is exported of a recording or a store.
public enum TelemetryItem: Sendable, Hashable {
    case span(OTLPSpan)
    case record(OTLPLogRecord)
    case metric(OTLPMetric)

    /// Which path it goes by.
    public var signal: OTLPSignal {
        switch self {
        case .span: .traces
        case .record: .logs
        case .metric: .metrics
        }
    }

    /// What it counts for: a metric for its points.
    public var weight: Int {
        if case .metric(let metric) = self { metric.pointCount } else { 1 }
    }

    /// Its bytes, for `OTLPEncoding.request`.
    public func encoded(as encoding: OTLPEncoding) -> [UInt8] {
        switch self {
        case .span(let span): encoding.encode(span)
        case .record(let record): encoding.encode(record)
        case .metric(let metric): encoding.encode(metric)
        }
    }

    /// The number of the exchange that it tells of; nil where it tells of none.
    public var exchange: Int? {
        let attributes: [OTLPAttribute] =
            switch self {
            case .span(let span): span.attributes
            case .record(let record): record.attributes
            case .metric: []
            }
        for case .int(let number) in attributes.lazy.filter({ $0.key == "mcptape.exchange" }).map(\.value) {
            return Int(number)
        }
        return nil
    }
}
