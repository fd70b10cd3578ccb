/// The fields of each message, with the numbers and names of opentelemetry-proto 1.11.
extension OTLPAttribute {
    func write(to writer: inout some OTLPWriter) {
        writer.string(1, "key", key)
        writer.message(2, "value") { value.write(to: &$0) }
    }
}

extension OTLPValue {
    func write(to writer: inout some OTLPWriter) {
        switch self {
        case .string(let text): writer.string(1, "stringValue", text, isPresent: true)
        case .bool(let flag): writer.bool(2, "boolValue", flag)
        case .int(let number): writer.int64(3, "intValue", number)
        case .double(let number): writer.double(4, "doubleValue", number)
        }
    }
}

extension OTLPResource {
    func write(to writer: inout some OTLPWriter) {
        writer.messages(1, "attributes", attributes) { $0.write(to: &$1) }
    }
}

extension OTLPScope {
    func write(to writer: inout some OTLPWriter) {
        writer.string(1, "name", name)
        writer.string(2, "version", version)
    }
}

extension OTLPSpan {
    func write(to writer: inout some OTLPWriter) {
        writer.identifier(1, "traceId", identity.trace)
        writer.identifier(2, "spanId", identity.span)
        writer.string(3, "traceState", traceState)
        writer.identifier(4, "parentSpanId", parent)
        writer.string(5, "name", name)
        writer.small(6, "kind", kind.rawValue)
        writer.fixed64(7, "startTimeUnixNano", start)
        writer.fixed64(8, "endTimeUnixNano", end)
        writer.messages(9, "attributes", attributes) { $0.write(to: &$1) }
        writer.small(10, "droppedAttributesCount", droppedAttributes)
        writer.messages(11, "events", events) { $0.write(to: &$1) }
        writer.small(12, "droppedEventsCount", droppedEvents)
        writer.messages(13, "links", links) { $0.write(to: &$1) }
        if let failure {
            writer.message(15, "status") {
                $0.string(2, "message", failure)
                $0.small(3, "code", 2)
            }
        }
        writer.fixed32(16, "flags", flags)
    }
}

extension OTLPSpan.Event {
    func write(to writer: inout some OTLPWriter) {
        writer.fixed64(1, "timeUnixNano", time)
        writer.string(2, "name", name)
        writer.messages(3, "attributes", attributes) { $0.write(to: &$1) }
    }
}

extension OTLPSpan.Link {
    func write(to writer: inout some OTLPWriter) {
        writer.identifier(1, "traceId", identity.trace)
        writer.identifier(2, "spanId", identity.span)
        writer.messages(4, "attributes", attributes) { $0.write(to: &$1) }
    }
}

extension OTLPLogRecord {
    func write(to writer: inout some OTLPWriter) {
        writer.fixed64(1, "timeUnixNano", time)
        writer.small(2, "severityNumber", severity.rawValue)
        writer.string(3, "severityText", severity.word)
        writer.message(5, "body") { body.write(to: &$0) }
        writer.messages(6, "attributes", attributes) { $0.write(to: &$1) }
        writer.small(7, "droppedAttributesCount", droppedAttributes)
        writer.identifier(9, "traceId", span?.trace ?? [])
        writer.identifier(10, "spanId", span?.span ?? [])
        writer.fixed64(11, "observedTimeUnixNano", time)
        writer.string(12, "eventName", eventName)
    }
}
