public import Telemetry

/// `/metrics`: text 0.0.4 or OpenMetrics, as asked for.
public struct MetricsPage: Sendable {
    /// Makes gzip of bytes; nil when it cannot.
    public typealias Compressor = @Sendable ([UInt8]) -> [UInt8]?

    private let compress: Compressor

    public init(compress: @escaping Compressor) { self.compress = compress }

    /// Shows `set` as it is now. Nothing is kept from one request to the next.
    public func answer(
        _ request: PageRequest, showing set: MetricSet, groups: Set<MetricDefinition.Group>
    ) -> PageAnswer {
        let format = Exposition.format(accept: request.accept)
        var answer = PageAnswer(
            200, contentType: Exposition.contentType(format),
            body: Exposition.write(set, format, groups: groups))
        answer.fields.append(.init("Vary", "Accept, Accept-Encoding"))
        guard AcceptedCoding.allowsGzip(request.acceptEncoding), let small = compress(answer.body) else {
            return answer
        }
        answer.body = small
        answer.fields.append(.init("Content-Encoding", "gzip"))
        return answer
    }
}
