public import MCPSemantics

/// How the events of HTTP are made.
extension TransportEvent {
    /// A request's head arrived.
    public static func requestHead(
        _ head: HTTPRequestHead, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.requestHead, lane: .clientToServer, stream: stream, time: time) { payload in
            payload.unsigned(head.connection)
            for text in [head.peer, head.route, head.method, head.target] { payload.text(text) }
            payload.unsigned(UInt64(head.minorVersion))
            payload.fields(head.fields)
            payload.unsigned(UInt64(clamping: head.omittedFields))
        }
    }

    /// A response's head arrived, or was made by us.
    public static func responseHead(
        _ head: HTTPResponseHead, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.responseHead, lane: .serverToClient, stream: stream, time: time) { payload in
            payload.unsigned(UInt64(clamping: head.status))
            payload.text(head.reason)
            payload.unsigned(UInt64(head.minorVersion))
            payload.fields(head.fields)
            payload.unsigned(UInt64(clamping: head.omittedFields))
            payload.unsigned(head.isOwn ? 1 : 0)
        }
    }

    /// Trailers came behind a chunked body.
    public static func trailers(
        _ fields: [HTTPField], on lane: Lane, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.trailers, lane: lane, stream: stream, time: time) { $0.fields(fields) }
    }

    /// `count` bytes of a body passed that are never recorded: credentials of an authorization server.
    public static func bodyOmitted(
        _ count: Int, on lane: Lane, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.bodyOmitted, lane: lane, stream: stream, time: time) {
            $0.unsigned(UInt64(clamping: count))
        }
    }

    /// The HTTP exchange is over; nothing follows on its stream.
    public static func streamClosed(
        _ closure: StreamClosure, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.streamClosed, stream: stream, time: time) {
            $0.unsigned(UInt64(closure.closer.rawValue))
            $0.unsigned(UInt64(closure.reason.rawValue))
            $0.text(closure.text)
        }
    }

    /// A part of a message on `lane` is passed on otherwise than it came.
    public static func edited(
        _ edit: ForwardedEdit, on lane: Lane, stream: StreamID, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.edited, lane: lane, stream: stream, time: time) { payload in
            switch edit.place {
            case .body:
                payload.unsigned(0)
                payload.text("")
            case .field(let index, let name):
                payload.unsigned(UInt64(clamping: index + 1))
                payload.text(name)
            }
            payload.unsigned(UInt64(clamping: edit.offset))
            payload.text(edit.removed)
            payload.text(edit.inserted)
        }
    }

    /// What comes from now on is treated by other settings.
    public static func listenerChanged(_ change: ListenerChange, at time: Timestamp) -> TransportEvent {
        TransportEvent(.listenerChanged, time: time, payload: change.encodedJSON()[...])
    }

    private init(
        _ kind: Kind, lane: Lane = .clientToServer, stream: StreamID, time: Timestamp,
        _ write: (inout PayloadWriter) -> Void
    ) {
        var payload = PayloadWriter()
        write(&payload)
        self.init(kind, lane: lane, stream: stream, time: time, payload: payload.bytes[...])
    }
}

/// What a payload says; nil when the event is of another kind or its payload is damaged.
extension TransportEvent {
    /// The head of `requestHead`.
    public var decodedRequestHead: HTTPRequestHead? {
        decode(.requestHead) { payload in
            guard let connection = payload.unsigned(), let peer = payload.text(), let route = payload.text(),
                let method = payload.text(), let target = payload.text(),
                let version = payload.unsigned().flatMap({ UInt8(exactly: $0) }),
                let fields = payload.fields(), let omitted = payload.count()
            else { return nil }
            return HTTPRequestHead(
                connection: connection, peer: peer, route: route, method: method, target: target,
                minorVersion: version, fields: fields, omittedFields: omitted)
        }
    }

    /// The head of `responseHead`.
    public var decodedResponseHead: HTTPResponseHead? {
        decode(.responseHead) { payload in
            guard let status = payload.count(), let reason = payload.text(),
                let version = payload.unsigned().flatMap({ UInt8(exactly: $0) }),
                let fields = payload.fields(), let omitted = payload.count(), let isOwn = payload.unsigned()
            else { return nil }
            return HTTPResponseHead(
                status: status, reason: reason, minorVersion: version, fields: fields, omittedFields: omitted,
                isOwn: isOwn != 0)
        }
    }

    /// The fields of `trailers`.
    public var decodedTrailers: [HTTPField]? { decode(.trailers) { $0.fields() } }

    /// The count of `bodyOmitted`.
    public var decodedOmittedCount: Int? { decode(.bodyOmitted) { $0.count() } }

    /// How a stream ended, of `streamClosed`.
    public var decodedStreamClosure: StreamClosure? {
        decode(.streamClosed) { payload in
            guard
                let closer = payload.unsigned().flatMap({ UInt8(exactly: $0) }).flatMap(
                    { StreamClosure.Closer(rawValue: $0) }),
                let reason = payload.unsigned().flatMap({ UInt8(exactly: $0) }).flatMap(
                    { StreamClosure.Reason(rawValue: $0) }),
                let text = payload.text()
            else { return nil }
            return StreamClosure(closer, reason, text: text)
        }
    }

    /// The change of `edited`.
    public var decodedEdit: ForwardedEdit? {
        decode(.edited) { payload in
            guard let place = payload.count(), let name = payload.text(), let offset = payload.count(),
                let removed = payload.text(), let inserted = payload.text()
            else { return nil }
            return ForwardedEdit(
                place == 0 ? .body : .field(index: place - 1, name: name), offset: offset, removed: removed,
                inserted: inserted)
        }
    }

    /// The change of `listenerChanged`.
    public var decodedListenerChange: ListenerChange? {
        kind == .listenerChanged ? ListenerChange(json: payload) : nil
    }

    private func decode<Value>(_ kind: Kind, _ value: (inout PayloadReader) -> Value?) -> Value? {
        guard self.kind == kind else { return nil }
        var payload = PayloadReader(self.payload)
        return value(&payload)
    }
}

extension PayloadWriter {
    fileprivate mutating func fields(_ fields: [HTTPField]) {
        unsigned(UInt64(fields.count))
        for field in fields {
            text(field.name)
            text(field.value)
            unsigned(UInt64(field.form.rawValue))
            unsigned(UInt64(clamping: field.size))
        }
    }
}

extension PayloadReader {
    fileprivate mutating func fields() -> [HTTPField]? {
        guard let count = count() else { return nil }
        var fields: [HTTPField] = []
        for _ in 0..<count {
            guard let name = text(), let value = text(),
                let form = unsigned().flatMap({ UInt8(exactly: $0) }).flatMap({ HTTPField.Form(rawValue: $0) }
                ),
                let size = self.count()
            else { return nil }
            fields.append(HTTPField(name: name, value: value, form: form, size: size))
        }
        return fields
    }
}
