import Exporters
import Recording
import Wire

/// Writes telemetry as a file: JSON lines, each one `TracesData`, `LogsData` or `MetricsData`.
///
/// Source: OpenTelemetry, protocol/file-exporter: one signal a file.
struct TelemetryFile {
    /// Items of a line: the batch of a request.
    private static let lineItems = 512

    let signal: OTLPSignal
    let settings: OTLPSettings

    /// Hands the file's bytes to `emit`, in order; holds one line.
    func write(
        _ sessions: [SessionSummary], of source: any RecordingSource,
        including includes: (SessionSummary, TelemetryItem) -> Bool,
        _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        if signal == .metrics {
            for (resource, metrics) in try RecordingMetrics.of(sessions, source, settings) {
                let items = metrics.map { OTLPEncoding.json.encode($0) }
                let line = OTLPEncoding.json.request(
                    signal, [(resource, items[...])], scope: TelemetryResource.scope)
                try emit((line + [0x0A])[...])
            }
            return
        }
        for summary in sessions {
            let resource = TelemetryResource.of(summary.description, settings)
            var items: [[UInt8]] = []
            func end() throws {
                guard !items.isEmpty else { return }
                let line = OTLPEncoding.json.request(
                    signal, [(resource, items[...])], scope: TelemetryResource.scope)
                try emit((line + [0x0A])[...])
                items.removeAll(keepingCapacity: true)
            }
            let telemetry = SessionTelemetry(
                summary, of: source, settings.trace, withRecords: signal == .logs)
            try telemetry.readAll { item in
                guard includes(summary, item) else { return }
                guard item.signal == signal else { return }
                items.append(item.encoded(as: .json))
                if items.count == Self.lineItems { try end() }
            }
            try end()
        }
    }
}

extension SessionTelemetry {
    /// Hands every item to `take`, and at the end of a session that is over what was never answered.
    func readAll(_ take: (TelemetryItem) throws -> Void) throws {
        while let item = try next() { try take(item) }
        guard !session.isLive else { return }
        try finish()
        while let item = try next() { try take(item) }
    }
}
