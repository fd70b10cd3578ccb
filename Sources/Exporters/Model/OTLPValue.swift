/// A value of an attribute, or a log record's body: OTLP's `AnyValue`, as far as we have use for it.
public enum OTLPValue: Sendable, Hashable {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
}

/// An attribute: a key and its value.
public struct OTLPAttribute: Sendable, Hashable {
    public var key: String
    public var value: OTLPValue

    public init(_ key: String, _ value: OTLPValue) {
        self.key = key
        self.value = value
    }
}

/// Who tells: the resource that spans, log records and metrics belong to.
public struct OTLPResource: Sendable, Hashable {
    public var attributes: [OTLPAttribute]
    public init(attributes: [OTLPAttribute]) { self.attributes = attributes }
}

/// What made the records.
public struct OTLPScope: Sendable, Hashable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// What is exported: each has a path of its own, and each file holds one.
public enum OTLPSignal: String, Sendable, Hashable, CaseIterable {
    case traces
    case logs
    case metrics
}

/// Cuts values as OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT and OTEL_ATTRIBUTE_COUNT_LIMIT say.
public struct OTLPLimits: Sendable, Hashable {
    /// Characters of a string value that are kept; nil: all.
    public var valueLength: Int?
    /// Attributes of a span, an event or a record that are kept.
    /// Source: OpenTelemetry, common, Attribute Limits.
    public var attributeCount = 128

    public init() {}

    /// How many attributes of `attributes` were beyond the limit and are gone.
    func apply(to attributes: inout [OTLPAttribute]) -> Int {
        let surplus = max(0, attributes.count - attributeCount)
        if surplus > 0 { attributes.removeLast(surplus) }
        guard let valueLength else { return surplus }
        for index in attributes.indices {
            if case .string(let text) = attributes[index].value, text.count > valueLength {
                attributes[index].value = .string(String(text.prefix(valueLength)))
            }
        }
        return surplus
    }
}
