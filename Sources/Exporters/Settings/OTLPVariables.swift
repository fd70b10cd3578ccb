/// Reads the environment variables of OpenTelemetry; what cannot be used is ignored and told.
struct OTLPVariables {
    private let values: [String: String]
    private(set) var warnings: [String] = []

    init(_ variable: (String) -> String?) {
        var values: [String: String] = [:]
        for name in Self.names { values[name] = variable(name) }
        self.values = values
    }

    private static var names: [String] {
        var names = [
            "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER",
            "OTEL_TRACES_SAMPLER_ARG", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_METRIC_EXPORT_INTERVAL",
        ]
        names += OTLPSignal.allCases.map { "OTEL_\($0.rawValue.uppercased())_EXPORTER" }
        let places = [nil] + OTLPSignal.allCases.map { Optional($0) }
        let settings = [
            "ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_KEY",
            "CLIENT_CERTIFICATE",
        ]
        for place in places { names += settings.map { name($0, of: place) } }
        return names + unused
    }

    /// What other programs with OpenTelemetry heed and mcptape does not.
    private static let unused = [
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "OTEL_METRIC_EXPORT_TIMEOUT",
        "OTEL_METRICS_EXEMPLAR_FILTER", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_BLRP_MAX_QUEUE_SIZE",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    ]

    /// Says which of those are set, unless to what mcptape does anyway.
    mutating func tellOfUnused() {
        for name in Self.unused {
            guard let value = text(name) else { continue }
            if name.hasSuffix("TEMPORALITY_PREFERENCE"), value.lowercased() == "cumulative" { continue }
            warn(name, value, "mcptape does not use it")
        }
    }

    /// An address of HTTP. A variable is meant for every program of the machine, and other exporters take
    /// `localhost:4317`, so that what is no such address stops nothing.
    mutating func url(_ name: String) -> String? {
        guard let value = text(name) else { return nil }
        let scheme = value.firstRange(of: "://").map { value[..<$0.lowerBound].lowercased() }
        if scheme == "http" || scheme == "https" { return value }
        // Never with the value: it may hold a credential.
        tell("\(name) is ignored: it is no address with http:// or https://")
        return nil
    }

    static func name(_ setting: String, of signal: OTLPSignal?) -> String {
        "OTEL_EXPORTER_OTLP_" + (signal.map { $0.rawValue.uppercased() + "_" } ?? "") + setting
    }

    /// An empty value is one that is not set.
    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Only `true`, in any case, is true; what is neither true nor false is told.
    mutating func isDisabled() -> Bool {
        let name = "OTEL_SDK_DISABLED"
        guard let value = text(name), value.lowercased() != "false" else { return false }
        if value.lowercased() == "true" { return true }
        warn(name, value, "only true turns the export off")
        return false
    }

    // MARK: Signals

    mutating func isExported(_ signal: OTLPSignal) -> Bool {
        let name = "OTEL_\(signal.rawValue.uppercased())_EXPORTER"
        guard let value = text(name) else { return true }
        let words = value.lowercased().split(separator: ",")
        if words.contains("otlp") { return true }
        if words != ["none"] { warn(name, value, "mcptape exports by otlp, or none") }
        return false
    }

    mutating func endpoint(_ signal: OTLPSignal, _ url: String) -> OTLPEndpoint {
        var endpoint = OTLPEndpoint(url: url)
        if let (name, value) = own("PROTOCOL", signal) {
            if let encoding = OTLPEncoding(rawValue: value.lowercased()) {
                endpoint.encoding = encoding
            } else {
                warn(name, value, "mcptape speaks http/protobuf and http/json; it uses http/protobuf")
            }
        }
        if let (name, value) = own("HEADERS", signal) { endpoint.headers = headers(name, value) }
        if let (name, value) = own("TIMEOUT", signal) {
            if let milliseconds = positive(name, value) { endpoint.timeout = Int64(milliseconds) * 1_000_000 }
        }
        if let (name, value) = own("COMPRESSION", signal) {
            switch value.lowercased() {
            case "gzip": endpoint.isCompressed = true
            case "none": break
            default: warn(name, value, "it is gzip or none")
            }
        }
        endpoint.certificate = own("CERTIFICATE", signal)?.value
        switch (own("CLIENT_CERTIFICATE", signal), own("CLIENT_KEY", signal)) {
        case (let file?, let key?): endpoint.client = .init(file: file.value, key: key.value)
        case (let only?, nil), (nil, let only?):
            warn(only.name, only.value, "a certificate and its key belong together, and the other is not set")
        case (nil, nil): break
        }
        return endpoint
    }

    /// The signal's own variable, else that of all signals.
    private func own(_ setting: String, _ signal: OTLPSignal) -> (name: String, value: String)? {
        for name in [Self.name(setting, of: signal), Self.name(setting, of: nil)] {
            if let value = text(name) { return (name, value) }
        }
        return nil
    }

    private mutating func headers(_ name: String, _ text: String) -> [OTLPEndpoint.Header] {
        var headers: [OTLPEndpoint.Header] = []
        for (key, value) in pairs(name, text) {
            let isName =
                !key.isEmpty
                && key.utf8.allSatisfy {
                    ($0 >= 0x30 && $0 < 0x3A) || ($0 | 0x20 >= 0x61 && $0 | 0x20 < 0x7B)
                        || "!#$%&'*+-.^_`|~".utf8.contains($0)
                } && !Self.ours.contains(key.lowercased())
            let isValue = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            if isName && isValue {
                headers.append(.init(name: key, value: value))
            } else {
                // Never with the value: it may be a credential.
                tell("\(name): '\(key)' cannot be a header; it is ignored")
            }
        }
        return headers
    }

    /// What each request has from us.
    private static let ours: Set = [
        "host", "content-type", "content-length", "content-encoding", "transfer-encoding", "connection",
    ]

    // MARK: Resource, limits, sampler

    mutating func resource() -> [OTLPAttribute] {
        let name = "OTEL_RESOURCE_ATTRIBUTES"
        var list = text(name).map { pairs(name, $0) } ?? []
        if let service = text("OTEL_SERVICE_NAME") {
            list.removeAll { $0.key == "service.name" }
            list.insert(("service.name", service), at: 0)
        }
        return list.map { OTLPAttribute($0.key, .string($0.value)) }
    }

    mutating func limits(_ limits: inout OTLPLimits) {
        limits.valueLength = positive("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
        limits.attributeCount = positive("OTEL_ATTRIBUTE_COUNT_LIMIT") ?? limits.attributeCount
    }

    mutating func queue(_ limits: inout OTLPExportQueue.Limits) {
        if let delay = positive("OTEL_BSP_SCHEDULE_DELAY") { limits.delay = Int64(delay) * 1_000_000 }
        if let limit = positive("OTEL_BSP_EXPORT_TIMEOUT") { limits.patience = Int64(limit) * 1_000_000 }
        limits.queue = positive("OTEL_BSP_MAX_QUEUE_SIZE") ?? limits.queue
        limits.batch = min(positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") ?? limits.batch, limits.queue)
    }

    /// Nanoseconds.
    mutating func metricInterval() -> Int64? {
        positive("OTEL_METRIC_EXPORT_INTERVAL").map { Int64($0) * 1_000_000 }
    }

    mutating func sampler() -> TraceSampler {
        var sampler = TraceSampler()
        guard let value = text("OTEL_TRACES_SAMPLER") else { return sampler }
        let prefix = "parentbased_"
        var word = value.lowercased()
        sampler.isParentBased = word.hasPrefix(prefix)
        if sampler.isParentBased { word.removeFirst(prefix.count) }
        switch word {
        case "always_on": sampler.root = .all
        case "always_off": sampler.root = .none
        case "traceidratio":
            let argument = text("OTEL_TRACES_SAMPLER_ARG")
            let share = argument.map { Double($0) ?? -1 } ?? 1
            if (0...1).contains(share) {
                sampler.root = .share(share)
            } else {
                warn("OTEL_TRACES_SAMPLER_ARG", argument ?? "", "it is a number from 0 to 1; all is exported")
            }
        default:
            warn("OTEL_TRACES_SAMPLER", value, "mcptape uses parentbased_always_on")
            return TraceSampler()
        }
        return sampler
    }

    // MARK: Reading

    private mutating func positive(_ name: String) -> Int? { text(name).flatMap { positive(name, $0) } }

    private mutating func positive(_ name: String, _ text: String) -> Int? {
        // A day in milliseconds: more overflows nothing, and nobody means it.
        if let number = Int(text), (1...86_400_000).contains(number) { return number }
        warn(name, text, "it is a number above 0")
        return nil
    }

    /// Once: some are of variables that all signals share.
    private mutating func tell(_ sentence: String) {
        if !warnings.contains(sentence) { warnings.append(sentence) }
    }

    private mutating func warn(_ name: String, _ value: String, _ why: String) {
        tell("\(name)=\(value) is ignored: \(why)")
    }

    /// `k=v,k2=v2`, both percent-encoded, as in W3C Baggage without metadata.
    private mutating func pairs(_ name: String, _ text: String) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "="), equals > part.startIndex,
                let key = Self.decoded(Self.trimmed(part[..<equals])),
                let value = Self.decoded(Self.trimmed(part[part.index(after: equals)...]))
            else {
                tell("\(name): one of its parts is not KEY=VALUE; it is ignored")
                continue
            }
            pairs.append((key, value))
        }
        return pairs
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self).lowercased()
            guard let decoded = Hexadecimal.bytes(digits), decoded.count == 1 else { return nil }
            bytes += decoded
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
