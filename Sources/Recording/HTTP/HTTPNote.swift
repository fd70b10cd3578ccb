internal import Wire

/// Something that HTTP carries beside messages, as it goes on record: one JSON object with one member.
///
/// It is the body of a message record of kind `http`, and the `http` member of a recording file's line.
public enum HTTPNote: Sendable, Hashable {
    case request(HTTPRequestHead)
    case response(HTTPResponseHead)
    case trailers([HTTPField])
    /// Bytes of a body that is never recorded.
    case omitted(Int)
    case closed(StreamClosure)
    /// A part of a message went out otherwise than it came, which is what is on record.
    case edited(ForwardedEdit)
    /// An event of an event stream without a message: its whole text. A priming event, a comment, a retry.
    case event([UInt8])

    /// The note as JSON without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { note in
            switch self {
            case .request(let head): note.member("request") { HTTPNote.write(head, to: &$0) }
            case .response(let head): note.member("response") { HTTPNote.write(head, to: &$0) }
            case .trailers(let fields): note.member("trailers") { HTTPNote.write(fields, to: &$0) }
            case .omitted(let count): note.member("omitted", count)
            case .closed(let closure):
                note.member("closed") {
                    $0.object {
                        $0.member("by", closure.closer.word)
                        $0.member("reason", closure.reason.word)
                        if !closure.text.isEmpty { $0.member("text", closure.text) }
                    }
                }
            case .edited(let edit): note.member("edited") { HTTPNote.write(edit, to: &$0) }
            case .event(let bytes):
                if let text = String(validating: bytes, as: UTF8.self) {
                    note.member("event", text)
                } else {
                    note.member("event_b64", Base64.encoded(bytes))
                }
            }
        }
        return json.bytes
    }

    /// Reads what `encodedJSON` wrote; nil for anything else, a kind of note of a later version included.
    public init?(json: ArraySlice<UInt8>) {
        guard let root = JSONTree(json)?.root else { return nil }
        if let node = root["request"] {
            self = .request(HTTPNote.request(node))
        } else if let node = root["response"] {
            self = .response(HTTPNote.response(node))
        } else if let node = root["trailers"] {
            self = .trailers(HTTPNote.fields(node))
        } else if let count = root["omitted"]?.intValue {
            self = .omitted(count)
        } else if let node = root["closed"] {
            guard let closer = node["by"]?.stringValue.flatMap({ StreamClosure.Closer(word: $0) }),
                let reason = node["reason"]?.stringValue.flatMap({ StreamClosure.Reason(word: $0) })
            else { return nil }
            self = .closed(StreamClosure(closer, reason, text: node["text"]?.stringValue ?? ""))
        } else if let edit = root["edited"].flatMap({ HTTPNote.edit($0) }) {
            self = .edited(edit)
        } else if let text = root["event"]?.stringValue {
            self = .event(Array(text.utf8))
        } else if let bytes = root["event_b64"]?.stringValue.flatMap({ Base64.decoded($0.utf8) }) {
            self = .event(bytes)
        } else {
            return nil
        }
    }

    /// Whether it tells how the request fared in whose HTTP exchange it stands.
    var isAboutExchange: Bool {
        switch self {
        case .response(let head): head.status >= 400
        case .closed: true
        case .request, .trailers, .omitted, .event, .edited: false
        }
    }

    private static func write(_ edit: ForwardedEdit, to json: inout JSONWriter) {
        json.object {
            if case .field(let index, let name) = edit.place {
                $0.member("field", name)
                $0.member("index", index)
            }
            $0.member("offset", edit.offset)
            $0.member("removed", edit.removed)
            $0.member("inserted", edit.inserted)
        }
    }

    private static func edit(_ node: JSONTree.Node) -> ForwardedEdit? {
        guard let offset = node["offset"]?.intValue, let removed = node["removed"]?.stringValue,
            let inserted = node["inserted"]?.stringValue
        else { return nil }
        let field = node["field"]?.stringValue.map {
            ForwardedEdit.Place.field(index: node["index"]?.intValue ?? 0, name: $0)
        }
        return ForwardedEdit(field ?? .body, offset: offset, removed: removed, inserted: inserted)
    }

    // MARK: Heads

    private static func write(_ head: HTTPRequestHead, to json: inout JSONWriter) {
        json.object {
            $0.member("method", head.method)
            $0.member("target", head.target)
            if head.minorVersion != 1 { $0.member("minor_version", Int(head.minorVersion)) }
            if !head.route.isEmpty { $0.member("route", head.route) }
            $0.member("connection", head.connection)
            $0.member("peer", head.peer)
            $0.member("fields") { write(head.fields, to: &$0) }
            if head.omittedFields > 0 { $0.member("omitted_fields", head.omittedFields) }
        }
    }

    private static func write(_ head: HTTPResponseHead, to json: inout JSONWriter) {
        json.object {
            $0.member("status", head.status)
            $0.member("reason", head.reason)
            if head.minorVersion != 1 { $0.member("minor_version", Int(head.minorVersion)) }
            if head.isOwn { $0.member("own", true) }
            $0.member("fields") { write(head.fields, to: &$0) }
            if head.omittedFields > 0 { $0.member("omitted_fields", head.omittedFields) }
        }
    }

    /// Pairs, since order, case and repetition count; a masked or cut value has two more elements.
    private static func write(_ fields: [HTTPField], to json: inout JSONWriter) {
        json.array { list in
            for field in fields {
                list.array {
                    $0.string(field.name)
                    $0.string(field.value)
                    guard field.form != .clear else { return }
                    $0.string(field.form == .masked ? "masked" : "cut")
                    $0.int(field.size)
                }
            }
        }
    }

    private static func request(_ node: JSONTree.Node) -> HTTPRequestHead {
        HTTPRequestHead(
            connection: UInt64(clamping: node["connection"]?.intValue ?? 0),
            peer: node["peer"]?.stringValue ?? "", route: node["route"]?.stringValue ?? "",
            method: node["method"]?.stringValue ?? "", target: node["target"]?.stringValue ?? "",
            minorVersion: UInt8(clamping: node["minor_version"]?.intValue ?? 1),
            fields: node["fields"].map { fields($0) } ?? [],
            omittedFields: node["omitted_fields"]?.intValue ?? 0)
    }

    private static func response(_ node: JSONTree.Node) -> HTTPResponseHead {
        HTTPResponseHead(
            status: node["status"]?.intValue ?? 0, reason: node["reason"]?.stringValue ?? "",
            minorVersion: UInt8(clamping: node["minor_version"]?.intValue ?? 1),
            fields: node["fields"].map { fields($0) } ?? [],
            omittedFields: node["omitted_fields"]?.intValue ?? 0, isOwn: node["own"]?.boolValue ?? false)
    }

    private static func fields(_ node: JSONTree.Node) -> [HTTPField] {
        node.children.compactMap { pair in
            guard let name = pair[0]?.stringValue, let value = pair[1]?.stringValue else { return nil }
            let form: HTTPField.Form =
                switch pair[2]?.stringValue {
                case "masked": .masked
                case "cut": .cut
                default: .clear
                }
            return HTTPField(name: name, value: value, form: form, size: pair[3]?.intValue)
        }
    }
}

extension StreamClosure.Closer {
    /// The word in recordings.
    public var word: String {
        switch self {
        case .client: "client"
        case .upstream: "upstream"
        case .us: "mcptape"
        }
    }

    init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

extension StreamClosure.Reason {
    /// The word in recordings.
    public var word: String {
        switch self {
        case .complete: "complete"
        case .disconnected: "disconnected"
        case .reset: "reset"
        case .connectFailed: "connect_failed"
        case .connectTimeout: "connect_timeout"
        case .malformed: "malformed"
        case .refused: "refused"
        case .draining: "draining"
        case .limit: "limit"
        case .unrecorded: "unrecorded"
        }
    }

    init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

extension [HTTPField] {
    /// The recorded value of the first field with this name, whatever its case; nil when there is none.
    public func value(of name: String) -> String? {
        first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}
