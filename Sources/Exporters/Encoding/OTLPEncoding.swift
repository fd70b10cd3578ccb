/// How OTLP is written: the two encodings of OTLP/HTTP.
public enum OTLPEncoding: String, Sendable, Hashable, CaseIterable {
    case protobuf = "http/protobuf"
    case json = "http/json"

    /// The media type of requests and answers.
    public var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }

    /// The bytes of one span, for `request`.
    public func encode(_ span: OTLPSpan) -> [UInt8] {
        switch self {
        case .protobuf: ProtobufWriter.encode { span.write(to: &$0) }
        case .json: OTLPJSONWriter.encode { span.write(to: &$0) }
        }
    }

    /// The bytes of one log record, for `request`.
    public func encode(_ record: OTLPLogRecord) -> [UInt8] {
        switch self {
        case .protobuf: ProtobufWriter.encode { record.write(to: &$0) }
        case .json: OTLPJSONWriter.encode { record.write(to: &$0) }
        }
    }

    /// The bytes of one metric, for `request`.
    public func encode(_ metric: OTLPMetric) -> [UInt8] {
        switch self {
        case .protobuf: ProtobufWriter.encode { metric.write(to: &$0) }
        case .json: OTLPJSONWriter.encode { metric.write(to: &$0) }
        }
    }

    /// A whole request, or a line of a file: `TracesData`, `LogsData` or `MetricsData`, which have one shape.
    ///
    /// - Parameter parts: runs of encoded items, each with its resource.
    public func request(
        _ signal: OTLPSignal, _ parts: [(resource: OTLPResource, items: ArraySlice<[UInt8]>)],
        scope: OTLPScope
    ) -> [UInt8] {
        switch self {
        case .protobuf: envelope(ProtobufWriter.self, signal, parts, scope)
        case .json: envelope(OTLPJSONWriter.self, signal, parts, scope)
        }
    }

    private func envelope<Writer: OTLPWriter>(
        _ writer: Writer.Type, _ signal: OTLPSignal,
        _ parts: [(resource: OTLPResource, items: ArraySlice<[UInt8]>)], _ scope: OTLPScope
    ) -> [UInt8] {
        let names =
            switch signal {
            case .traces: (outer: "resourceSpans", inner: "scopeSpans", item: "spans")
            case .logs: (outer: "resourceLogs", inner: "scopeLogs", item: "logRecords")
            case .metrics: (outer: "resourceMetrics", inner: "scopeMetrics", item: "metrics")
            }
        return Writer.encode { data in
            data.messages(1, names.outer, parts) { part, group in
                group.message(1, "resource") { part.resource.write(to: &$0) }
                group.messages(2, names.inner, [part]) { part, list in
                    list.message(1, "scope") { scope.write(to: &$0) }
                    list.encoded(2, names.item, part.items)
                }
            }
        }
    }
}
