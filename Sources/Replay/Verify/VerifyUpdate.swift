public import Recording
import Wire

/// A recording file in which the messages that differ are as they are now; every other line is as it was.
public enum VerifyUpdate {
    /// What was done.
    public struct Outcome: Sendable, Equatable {
        public var file: [UInt8]
        /// Lines with another message, and lines that went.
        public var changed = 0
        public var removed = 0
        /// Differences of messages that no line could be found of: it does not say its `seq`.
        public var unplaced = 0
    }

    /// `redactor` replaces the secrets of live messages; nil: the recording holds its own in clear.
    /// Throws when the file cannot be read.
    public static func apply(
        _ report: VerifyReport, of engine: VerifyEngine, to file: ArraySlice<UInt8>, redactor: Redactor?
    ) throws(SourceFailure) -> Outcome {
        var reader = RecordingFileReader()
        var outcome = Outcome(file: [])
        var placed: Set<Int64> = []
        var items = try reader.push(file)
        if let last = try reader.finish() { items.append(last) }
        guard let end = file.firstIndex(of: 0x0A) else { return Outcome(file: Array(file)) }
        outcome.file = Array(file[...end])
        for case .line(let line) in items {
            let feed: [UInt8] = line.hasLineFeed ? [0x0A] : []
            let isOurs = line.session.map { $0 == report.session } ?? true
            guard isOurs, let sequence = line.sequence, let body = line.messageBody else {
                outcome.file += line.text + feed
                continue
            }
            let replacements = engine.replacements(for: sequence, in: report, redactor: redactor)
            // A line that says another number than it is read as must not get another message's text.
            let isIt = Self.members(of: body).contains { member in
                replacements.contains { $0.recorded.elementsEqual(member) }
            }
            guard isIt else {
                outcome.file += line.text + feed
                continue
            }
            placed.insert(sequence)
            switch Self.text(of: body, after: replacements) {
            case nil: outcome.removed += 1
            case .some(let text):
                outcome.changed += 1
                outcome.file += (line.replacingBody(with: text[...]) ?? Array(line.text)) + feed
            }
        }
        outcome.unplaced = engine.count(of: report, notIn: placed)
        return outcome
    }

    /// A message, or a batch of several, after the replacements; nil: nothing is left of it.
    private static func text(
        of body: ArraySlice<UInt8>, after replacements: [VerifyEngine.Replacement]
    ) -> [UInt8]? {
        guard isBatch(body) else {
            guard let replacement = replacements.first else { return Array(body) }
            return replacement.live.map { Array($0) }
        }
        var open = replacements
        var isWhole = true
        var left: [ArraySlice<UInt8>] = []
        var splice = JSONSplice()
        for range in Envelope.scan(body).members {
            let member = Envelope.slice(range, of: body)
            guard let place = open.firstIndex(where: { $0.recorded.elementsEqual(member) }) else {
                left.append(member)
                continue
            }
            if let live = open.remove(at: place).live {
                left.append(live)
                splice.replace(range, with: live)
            } else {
                isWhole = false
            }
        }
        // As long as none is gone the space between two stays too.
        if isWhole { return splice.applied(to: body) ?? Array(body) }
        guard !left.isEmpty else { return nil }
        return [UInt8(ascii: "[")] + Array(left.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
    }

    private static func isBatch(_ body: ArraySlice<UInt8>) -> Bool {
        body.first(where: { $0 > 0x20 }) == UInt8(ascii: "[")
    }

    /// The message, or those of a batch.
    private static func members(of body: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        isBatch(body) ? Envelope.scan(body).members.map { Envelope.slice($0, of: body) } : [body]
    }
}
