import Exporters
import Recording

/// Who tells.
enum TelemetryResource {
    static let scope = OTLPScope(name: "mcptape", version: Mcptape.version)

    /// The resource of a session's spans and records: the recorder, and what the environment adds.
    static func of(_ session: SessionDescription, _ settings: OTLPSettings) -> OTLPResource {
        // Whoever recorded it: a listener, or the process of this one session.
        let instance = (session.listener ?? session.id).text
        return of(instance: instance, version: session.recorderVersion, settings)
    }

    /// The resource of the metrics of this process, or of the store that it serves: what `target_info` says.
    static func ofMetrics(instance: String, _ settings: OTLPSettings) -> OTLPResource {
        of(instance: instance, version: Mcptape.version, settings)
    }

    private static func of(instance: String, version: String, _ settings: OTLPSettings) -> OTLPResource {
        let own: [OTLPAttribute] = [
            .init("service.name", .string("mcptape")),
            .init("service.version", .string(version)),
            .init("service.instance.id", .string(instance)),
            .init("telemetry.sdk.name", .string("mcptape")),
            .init("telemetry.sdk.language", .string("swift")),
            .init("telemetry.sdk.version", .string(Mcptape.version)),
        ]
        let stated = settings.resource
        let kept = own.filter { attribute in !stated.contains { $0.key == attribute.key } }
        return OTLPResource(attributes: stated + kept.filter { $0.value != .string("") })
    }
}
