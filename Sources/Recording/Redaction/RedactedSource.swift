public import MCPSemantics
import Wire

/// Another source as it is once rules were applied: for what is written from a recording that stays as it is.
///
/// Messages are redacted when they are read, and again when they are read again.
public final class RedactedSource: RecordingSource {
    private let base: any RecordingSource
    private let redaction: LaterRedaction
    private var exchanges: ExchangeLookup
    /// What is known of large messages whose entries were read.
    private var contexts: [SessionID: [Int: RedactionContext]] = [:]

    /// Large messages that are remembered; their parts are read right behind their entry.
    private static let contextLimit = 10_000

    public init(_ base: any RecordingSource, _ redaction: LaterRedaction) {
        self.base = base
        self.redaction = redaction
        exchanges = ExchangeLookup(in: base)
    }

    /// See `RecordingSource`.
    public func sessions() throws(SourceFailure) -> [SessionSummary] {
        try base.sessions().map { redaction.redacted($0) }
    }

    /// See `RecordingSource`.
    public func sessions(
        before session: SessionID?, started: Int64?, limit: Int
    ) throws(SourceFailure) -> [SessionSummary] {
        try base.sessions(before: session, started: started, limit: limit).map { redaction.redacted($0) }
    }

    /// See `RecordingSource`.
    public func sessionCount() throws(SourceFailure) -> Int { try base.sessionCount() }

    /// See `RecordingSource`.
    public func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? {
        try base.session(id).map { redaction.redacted($0) }
    }

    /// See `RecordingSource`.
    public func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        let exchanges = try base.exchanges(of: session, from: number, limit: limit)
        return redaction.sparesAllButPeople ? exchanges : exchanges.map { redaction.redacted($0) }
    }

    /// See `RecordingSource`.
    public func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        var entries = try base.entries(of: session, from: sequence, limit: limit)
        for index in entries.indices {
            guard case .message(let message) = entries[index], redaction.mayChange(message) else { continue }
            let exchange = try exchanges.exchange(answeredBy: message, of: session)
            var redacted = redaction.redacted(message, exchange: exchange)
            if case .parts(let body, _) = message.body {
                let context = redaction.context(of: message, exchange: exchange)
                if contexts[session]?.count ?? 0 >= Self.contextLimit { contexts[session] = [:] }
                contexts[session, default: [:]][body] = context
                redacted.add(redactions: try redactions(of: session, body: body, context))
            }
            entries[index] = .message(redacted)
        }
        return entries
    }

    /// See `RecordingSource`.
    public func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var stream = redaction.redactor.stream(
            in: contexts[session]?[body] ?? RedactionContext(direction: nil))
        var output: [UInt8] = []
        try base.readParts(of: session, body: body) { part in
            stream.push(part, into: &output)
            if !output.isEmpty { try receive(output[...]) }
            output.removeAll(keepingCapacity: true)
        }
        stream.push([], isLast: true, into: &output)
        if !output.isEmpty { try receive(output[...]) }
    }

    /// See `RecordingSource`.
    public func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64? {
        try base.lastSequence(of: session)
    }

    /// What would be replaced in a large message: the list stands before its body.
    private func redactions(
        of session: SessionID, body: Int, _ context: RedactionContext
    ) throws(SourceFailure) -> [Redaction] {
        var stream = redaction.redactor.stream(in: context)
        var output: [UInt8] = []
        do {
            try base.readParts(of: session, body: body) { part in
                stream.push(part, into: &output)
                output.removeAll(keepingCapacity: true)
            }
        } catch let failure as SourceFailure {
            throw failure
        } catch {
            throw SourceFailure(.io, "\(error)")
        }
        stream.push([], isLast: true, into: &output)
        return stream.redactions
    }
}
