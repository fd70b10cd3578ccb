/// Reads the envelope of a message that arrives in any pieces.
///
/// One pass; checks JSON grammar and UTF-8 in the same pass; stops between any two bytes and can be saved
/// there. Never fails, never traps, keeps nothing of the message but what is watched.
public struct EnvelopeScanner: Sendable, Equatable {
    /// JSON text kept of one watched value; a longer one is cut there, on a character's boundary.
    public static let captureLimit = 4096

    private var grammar = JSONGrammar(depthLimit: JSONText.depthLimit)
    private var reader: EnvelopeReader

    public init(watching paths: FieldPaths = .none) {
        reader = EnvelopeReader(paths: paths)
    }

    /// Reads the next piece of the message.
    public mutating func push(_ part: ArraySlice<UInt8>) {
        let start = grammar.offset
        part.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            grammar.push(bytes, to: &reader)
            guard reader.isCollecting else { return }
            reader.collect(JSONPart(base: base, count: bytes.count, start: start))
        }
    }

    /// Bytes of the message so far.
    public var size: Int { grammar.offset }

    /// The envelope, once the message is over.
    public mutating func finish() -> Envelope {
        EnvelopeScanner.finish(&grammar, &reader)
    }

    @inline(__always)
    static func finish(_ grammar: inout JSONGrammar, _ reader: inout EnvelopeReader) -> Envelope {
        grammar.finish(to: &reader)
        if grammar.isComplete { return reader.finish() }
        guard grammar.state == .failed else { return Envelope(shape: .foreign(.empty)) }
        switch grammar.failure {
        case .notJSON: return Envelope(shape: .foreign(.notJSON))
        case .invalidUTF8: return Envelope(shape: .foreign(.invalidUTF8))
        case .tooDeep: return Envelope(shape: .foreign(.tooDeep))
        }
    }

    /// The JSON text of the watched values that were met whole so far, by the path's place in the
    /// `FieldPaths`; of duplicate keys the last counts. Meaningful when `finish` found JSON.
    public var captures: [Int: [UInt8]] { reader.captures }

    /// Appends the whole state.
    public func save(to writer: inout StateWriter) {
        grammar.save(to: &writer)
        reader.save(to: &writer)
    }

    /// The scanner that `save` wrote. `paths` must be those that it was made with.
    public init(from state: inout StateReader, watching paths: FieldPaths) throws(StateReader.Failure) {
        grammar = try JSONGrammar(from: &state, depthLimit: JSONText.depthLimit)
        reader = try EnvelopeReader(from: &state, paths: paths)
    }
}
