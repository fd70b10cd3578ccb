internal import Wire

/// An HTTP response to a probe's question, or the beginning of one that goes on.
struct ProbeAnswer: Sendable {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    init(_ head: MessageHead) {
        status = head.status
        fields = head.fields.map { field in
            (
                String(decoding: head.bytes[field.name], as: UTF8.self),
                String(decoding: head.bytes[field.value], as: UTF8.self)
            )
        }
    }

    /// The value of the first field of that name.
    func value(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The media type without parameters, in lower case.
    var mediaType: String {
        let type = value("content-type")?.prefix { $0 != ";" && $0 != " " } ?? ""
        return type.lowercased()
    }

    var isRefusal: Bool { status == 401 || status == 403 }

    /// Complete events with data so far: the name (`message` when it has none) and the data.
    var events: [(name: String, data: [UInt8])] {
        var events: [(name: String, data: [UInt8])] = []
        var data: [UInt8] = []
        var parser = EventStreamParser()
        parser.push(body[...]) { part in
            switch part {
            case .data(let bytes): data += bytes
            case .unframed: break
            case .end(let event):
                if event.hasData { events.append((ProbeAnswer.name(of: event), data)) }
                data = []
            }
        }
        return events
    }

    private static func name(of event: EventStreamPart.Event) -> String {
        let lines = event.pieces.joined().split { $0 == 0x0A || $0 == 0x0D }
        for line in lines where line.starts(with: "event:".utf8) {
            let value = line.dropFirst("event:".utf8.count)
            return String(decoding: HTTPText.trimmed(Array(value)[...]), as: UTF8.self)
        }
        return "message"
    }

    /// The response in it: the body itself, or the first event that is one.
    var message: JSONTree? {
        guard mediaType == "text/event-stream" else { return ProbeAnswer.response(body) }
        for event in events {
            if let message = ProbeAnswer.response(event.data) { return message }
        }
        return nil
    }

    private static func response(_ text: [UInt8]) -> JSONTree? {
        guard let tree = JSONTree(text[...]), tree.root["method"] == nil,
            tree.root["result"] != nil || tree.root["error"] != nil
        else { return nil }
        return tree
    }
}
