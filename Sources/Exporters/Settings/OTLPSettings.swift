/// Where to and how telemetry is exported: by flag, environment, configuration file and default.
///
/// Source: OpenTelemetry, protocol/exporter and configuration/sdk-environment-variables. Nothing is exported
/// unless an endpoint is stated.
public struct OTLPSettings: Sendable, Hashable {
    /// Of each signal that is exported.
    public var endpoints: [OTLPSignal: OTLPEndpoint] = [:]
    public var trace = TraceOptions()
    public var queue = OTLPExportQueue.Limits()
    /// Between two exports of metrics, in nanoseconds: OTEL_METRIC_EXPORT_INTERVAL.
    public var metricInterval: Int64 = 60_000_000_000
    /// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
    public var resource: [OTLPAttribute] = []
    /// Where the endpoint was stated: `--otlp`, a variable, or nil of the file.
    public var origin: String?
    /// Values that were ignored, each in a sentence.
    public var warnings: [String] = []

    /// What the flag and the file say of the endpoint; the flag wins over the environment, which wins over
    /// the file.
    public struct Stated: Sendable, Hashable {
        public var flag: String?
        public var file: String?
        /// Payloads too, by flag or file.
        public var content = false
        /// Only these signals, by flag; empty: all.
        public var signals: [OTLPSignal] = []

        public init(flag: String? = nil, file: String? = nil) {
            self.flag = flag
            self.file = file
        }
    }

    /// - Parameter variable: the value of an environment variable; nil when it is not set.
    public init(_ stated: Stated, variable: (String) -> String?) {
        var reader = OTLPVariables(variable)
        resource = reader.resource()
        reader.limits(&trace.limits)
        trace.sampler = reader.sampler()
        trace.content = stated.content
        reader.queue(&queue)
        if let interval = reader.metricInterval() { metricInterval = interval }
        defer {
            if !endpoints.isEmpty { reader.tellOfUnused() }
            warnings = reader.warnings
        }
        if stated.flag == nil, reader.isDisabled() { return }
        for signal in OTLPSignal.allCases {
            if !stated.signals.isEmpty && !stated.signals.contains(signal) { continue }
            if stated.signals.isEmpty && !reader.isExported(signal) { continue }
            guard let (url, origin) = Self.place(of: signal, stated, &reader) else { continue }
            self.origin = origin
            endpoints[signal] = reader.endpoint(signal, url)
        }
    }

    /// The same with those signals only, as far as they are exported.
    public func exporting(_ signals: Set<OTLPSignal>) -> OTLPSettings {
        var settings = self
        settings.endpoints = endpoints.filter { signals.contains($0.key) }
        return settings
    }

    private static func place(
        of signal: OTLPSignal, _ stated: Stated, _ reader: inout OTLPVariables
    ) -> (url: String, origin: String?)? {
        if let flag = stated.flag { return (appending(signal, to: flag), "--otlp") }
        let own = OTLPVariables.name("ENDPOINT", of: signal)
        if let url = reader.url(own) { return (withPath(url), own) }
        let base = OTLPVariables.name("ENDPOINT", of: nil)
        if let url = reader.url(base) { return (appending(signal, to: url), base) }
        return stated.file.map { (appending(signal, to: $0), nil) }
    }

    /// A base URL may have a path of its own; between it and the signal's there is one slash.
    private static func appending(_ signal: OTLPSignal, to base: String) -> String {
        base + (base.hasSuffix("/") ? "" : "/") + "v1/\(signal.rawValue)"
    }

    /// A signal's own URL is used as it is, except that an empty path is the root.
    private static func withPath(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        return url[scheme.upperBound...].contains("/") ? url : url + "/"
    }
}

/// Where one signal goes to.
public struct OTLPEndpoint: Sendable, Hashable {
    /// With the path.
    public var url: String
    public var encoding = OTLPEncoding.protobuf
    public var headers: [Header] = []
    /// Of one attempt, in nanoseconds.
    public var timeout: Int64 = 10_000_000_000
    public var isCompressed = false
    /// A PEM file with the authorities that the collector's certificate must come from.
    public var certificate: String?
    /// PEM files of a certificate of ours, with its chain, and of its key; nil: we show none.
    public var client: ClientCertificate?

    public init(url: String) { self.url = url }

    /// What we prove ourselves with.
    public struct ClientCertificate: Sendable, Hashable {
        public var file: String
        public var key: String
        public init(file: String, key: String) {
            self.file = file
            self.key = key
        }
    }

    /// A header field of each request.
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
