import ArgumentParser
import Exporters
import HTTPTransport
import Recording

/// Where telemetry goes to.
struct OTLPOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            An OpenTelemetry collector, OTLP over HTTP: http://127.0.0.1:4318 (also OTEL_EXPORTER_OTLP_ENDPOINT \
            and the other standard variables).
            """, valueName: "url"))
    var otlp: String?

    @Option(
        name: .customLong("otlp-signal"),
        help: ArgumentHelp(
            "Only traces, logs or metrics; may be said again (default: all, of export without metrics).",
            valueName: "signal"),
        transform: OTLPOptions.signal)
    var signals: [OTLPSignal] = []

    @Flag(
        name: .customLong("otlp-content"),
        help: "Payloads too: arguments, results, messages, as they are recorded.")
    var content = false

    /// Any of them is on the command line.
    var isGiven: Bool { otlp != nil || content || !signals.isEmpty }

    /// What is in force: flags, environment, configuration file, in this order.
    ///
    /// Throws a usage failure for an endpoint that is no URL.
    func settings(_ configuration: Configuration?) throws(Failure) -> OTLPSettings {
        var stated = OTLPSettings.Stated(flag: otlp, file: configuration?.otlp.endpoint?.value)
        stated.content = content || configuration?.otlp.content?.value == true
        stated.signals = signals
        let settings = OTLPSettings(stated) { StoreLocation.environment($0) }
        for endpoint in settings.endpoints.values {
            do throws(HTTPFailure) {
                _ = try UpstreamURL(endpoint.url)
            } catch {
                let line = configuration?.otlp.endpoint.map { "\(configuration?.file.path ?? ""):\($0.line)" }
                throw Failure(
                    Failure.usage, "\(settings.origin ?? line ?? "otlp"): \(error.asFailure.message)",
                    hint: "a collector is http://HOST:4318 or https://HOST")
            }
        }
        return settings
    }

    private static func signal(_ text: String) throws -> OTLPSignal {
        if let signal = OTLPSignal(rawValue: text) { return signal }
        throw ValidationError("'\(text)' is neither traces, logs nor metrics")
    }
}
