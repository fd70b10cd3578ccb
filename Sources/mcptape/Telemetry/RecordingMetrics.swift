import Exporters
import MCPSemantics
import Recording
import Telemetry

/// The metrics of recorded sessions, measured from their messages.
enum RecordingMetrics {
    /// One set for each recorder: its resource, and what it recorded of `sessions`.
    static func of(
        _ sessions: [SessionSummary], _ source: any RecordingSource, _ settings: OTLPSettings
    ) throws -> [(resource: OTLPResource, metrics: [OTLPMetric])] {
        var groups: [(resource: OTLPResource, sessions: [SessionSummary])] = []
        for session in sessions {
            let resource = TelemetryResource.of(session.description, settings)
            if let known = groups.firstIndex(where: { $0.resource == resource }) {
                groups[known].sessions.append(session)
            } else {
                groups.append((resource, [session]))
            }
        }
        return try groups.map { group in
            var meter = RecordingMeter()
            for session in group.sessions { try meter.add(session, from: source) }
            var set = meter.metrics
            set.addZeroes(of: [.traffic], servers: set.servers.sorted())
            let starts = group.sessions.map(\.description.startRealtime)
            let ends = group.sessions.map { session in
                session.description.startRealtime
                    &+ (session.state.end?.time ?? session.state.lastTime).nanoseconds
            }
            let reading = MetricTelemetry.Reading(
                set, time: ends.max() ?? 0, starts: [.traffic: starts.min() ?? 0])
            return (group.resource, MetricTelemetry.metrics(of: reading))
        }
    }
}

extension CollectorExport {
    /// Sends the metrics of recorded sessions.
    func pushMetrics(of sessions: [SessionSummary], _ source: any RecordingSource) throws {
        for (resource, metrics) in try RecordingMetrics.of(sessions, source, settings) {
            for metric in metrics { add(.metric(metric), of: resource) }
        }
        drain()
    }
}
