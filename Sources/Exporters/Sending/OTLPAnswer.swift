internal import Recording
internal import Wire

/// What became of one request to a collector.
public enum OTLPOutcome: Sendable, Hashable {
    /// It was taken; `rejected` items of it were not. `warning` is what the collector says of it, or empty.
    case accepted(rejected: Int, warning: String)
    /// The same request may succeed later: not before `after`, nanoseconds from now, where that is said.
    case retryable(after: Int64?, reason: String)
    /// It never will.
    case refused(reason: String)

    /// Longer waits are not believed: the queue would stand still. Nanoseconds; an hour.
    static let longestWait: Int64 = 3_600_000_000_000
    /// What a collector says of itself is cut: bytes.
    static let textLimit = 300

    /// Reads an answer over HTTP.
    ///
    /// What is retried is a list of four.
    /// Source: opentelemetry-proto, docs/specification.md, OTLP/HTTP Response.
    ///
    /// - Parameters:
    ///   - retryAfter: the header, in seconds or as a date.
    ///   - now: wall clock, nanoseconds since 1970, for a date.
    public init(
        status: Int, contentType: String, retryAfter: String?, body: ArraySlice<UInt8>, now: Int64
    ) {
        let isJSON = contentType.lowercased().hasPrefix("application/json")
        switch status {
        case 200..<300:
            let found = isJSON ? PartialSuccess(json: body) : PartialSuccess(protobuf: body)
            self = .accepted(rejected: found.rejected, warning: found.message)
        case 429, 502, 503, 504:
            let wait = retryAfter.flatMap { RetryAfter.nanoseconds($0, now: now) }
            self = .retryable(
                after: wait.map { min(max(0, $0), Self.longestWait) }, reason: "status \(status)")
        default:
            let text = isJSON ? StatusText.of(json: body) : StatusText.of(protobuf: body)
            self = .refused(reason: "status \(status)" + (text.isEmpty ? "" : ": \(text)"))
        }
    }
}

/// `ExportTraceServiceResponse` and its two siblings, which have one shape.
struct PartialSuccess: Hashable {
    var rejected = 0
    var message = ""

    /// An answer that makes no sense rejects nothing: its status said that it was taken.
    init(protobuf body: ArraySlice<UInt8>) {
        guard let success = ProtobufField.read(body)?.first(where: { $0.number == 1 })?.content,
            let fields = ProtobufField.read(success)
        else { return }
        for field in fields {
            // A negative number rejects nothing either.
            if field.number == 1, let value = field.varint {
                rejected = Int(clamping: Int64(bitPattern: value))
            }
            if field.number == 2, let text = field.content { message = Self.text(text) }
        }
        rejected = max(0, rejected)
    }

    init(json body: ArraySlice<UInt8>) {
        guard let success = JSONTree(body)?.root["partialSuccess"] else { return }
        for key in ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"] {
            guard let value = success[key] else { continue }
            rejected = max(0, value.intValue ?? value.stringValue.flatMap { Int($0) } ?? 0)
        }
        message = success["errorMessage"]?.stringValue.map { Self.text(Array($0.utf8)[...]) } ?? ""
    }

    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        DisplayText.oneLine(utf8: bytes, limit: OTLPOutcome.textLimit)
    }
}

/// The message of a `google.rpc.Status`.
enum StatusText {
    static func of(protobuf body: ArraySlice<UInt8>) -> String {
        ProtobufField.read(body)?.first { $0.number == 2 }?.content.map { PartialSuccess.text($0) } ?? ""
    }

    static func of(json body: ArraySlice<UInt8>) -> String {
        JSONTree(body)?.root["message"]?.stringValue.map { PartialSuccess.text(Array($0.utf8)[...]) } ?? ""
    }
}

/// A field of a protobuf message that somebody else wrote.
struct ProtobufField {
    var number: Int
    var varint: UInt64?
    var content: ArraySlice<UInt8>?

    /// Nil when the bytes are no message.
    static func read(_ bytes: ArraySlice<UInt8>) -> [ProtobufField]? {
        var rest = bytes
        var fields: [ProtobufField] = []
        while !rest.isEmpty {
            guard let key = varint(&rest), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
            var field = ProtobufField(number: Int(key >> 3))
            switch key & 7 {
            case 0:
                guard let value = varint(&rest) else { return nil }
                field.varint = value
            case 1:
                guard rest.count >= 8 else { return nil }
                rest = rest.dropFirst(8)
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
                field.content = rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
            case 5:
                guard rest.count >= 4 else { return nil }
                rest = rest.dropFirst(4)
            default: return nil
            }
            fields.append(field)
        }
        return fields
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
