import MCPSemantics
public import Recording
import Wire

extension ReplayScript {
    /// How many entries are asked for at once.
    private static let pageSize = 4096

    /// Reads the whole session. `name` is the recording as the user called it.
    ///
    /// Inline bodies stay slices of what the source handed out; a message that is stored in parts is put
    /// together here, because it is sent as one line. O(messages).
    public init(reading source: any RecordingSource, session: SessionID, name: String) throws(SourceFailure) {
        guard let summary = try source.session(session) else {
            throw SourceFailure(.missing, "no session \(session.text) in \(name)")
        }
        try Self.checkPayloads(of: summary, name: name)
        var exchanges: [ScriptBuilder.ExchangeFacts] = []
        while let from = Self.successor(of: exchanges.last?.number ?? 0) {
            let page = try source.exchanges(of: session, from: from, limit: Self.pageSize)
            if page.isEmpty { break }
            exchanges += page.map { ScriptBuilder.ExchangeFacts($0) }
        }
        var builder = ScriptBuilder(
            name: name, session: session.text, facts: exchanges, ending: .init(summary))
        var last: Int64 = -1
        while let from = Self.successor(of: last) {
            let page = try source.entries(of: session, from: from, limit: Self.pageSize)
            guard let end = page.last else { break }
            last = end.sequence
            for entry in page where !Self.isNoMessage(entry) {
                builder.add(entry, body: try Self.body(of: entry, in: source, session: session, name: name))
            }
        }
        self = builder.finish()
        redaction = summary.description.redaction
    }

    static func checkPayloads(of summary: SessionSummary, name: String) throws(SourceFailure) {
        guard summary.description.capture != .payloads else { return }
        throw SourceFailure(
            .refused,
            "\(name) was recorded with --capture \(summary.description.capture.rawValue): it holds no "
                + "payloads to answer with; record it again with --capture payloads")
    }

    /// Of HTTP only messages are served: a note, or a body that is no JSON-RPC (the text of a 405, a
    /// download, the endpoint of HTTP+SSE), has no place on another transport.
    private static func isNoMessage(_ entry: RecordingEntry) -> Bool {
        guard case .message(let message) = entry, message.stream != .stdio else { return false }
        return message.kind == .foreign || message.kind == .http
    }

    /// Nil after the last number there is: a file may hold any.
    private static func successor<Number: FixedWidthInteger>(of number: Number) -> Number? {
        number == .max ? nil : number + 1
    }

    /// The message's whole bytes, or nil when the recording does not hold all of them.
    static func body(
        of entry: RecordingEntry, in source: any RecordingSource, session: SessionID, name: String
    ) throws(SourceFailure) -> ArraySlice<UInt8>? {
        guard case .message(let record) = entry, record.truncated == nil, !record.isPartial,
            record.lane != .standardError
        else { return nil }
        switch record.body {
        case .omitted:
            return nil
        case .inline(let bytes):
            return bytes
        case .parts(let body, _):
            var whole: [UInt8] = []
            // What the record states is not yet true.
            whole.reserveCapacity(min(max(record.size, 0), 64 << 20))
            do {
                try source.readParts(of: session, body: body) { whole += $0 }
            } catch let failure as SourceFailure {
                throw failure
            } catch {
                throw SourceFailure(.io, "cannot read message \(record.sequence) of \(name): \(error)")
            }
            // The size is the wire's; of a redacted message only its text tells whether it is whole.
            let isWhole =
                record.redactions.isEmpty ? whole.count == record.size : JSONText.isValid(whole[...])
            return isWhole ? whole[...] : nil
        }
    }
}

extension ScriptBuilder.Ending {
    init(_ summary: SessionSummary) {
        self =
            switch summary.state.end?.reason {
            case .none: summary.isLive ? .live : .complete
            case .interrupted: .interrupted
            case .serverExited, .notStarted: .serverEnded
            case .clientClosed, .signalled, .silent, .unknown: .complete
            }
    }
}
