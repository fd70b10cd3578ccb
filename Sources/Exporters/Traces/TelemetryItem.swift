/// What is exported of a recording.
public enum TelemetryItem: Sendable, Hashable {
    case span(OTLPSpan)
    case record(OTLPLogRecord)

    /// The number of the exchange that it tells of; nil where it tells of none.
    public var exchange: Int? {
        let attributes =
            switch self {
            case .span(let span): span.attributes
            case .record(let record): record.attributes
            }
        for case .int(let number) in attributes.lazy.filter({ $0.key == "mcptape.exchange" }).map(\.value) {
            return Int(number)
        }
        return nil
    }
}
