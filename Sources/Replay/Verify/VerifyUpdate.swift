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
    }

    /// `redactor` replaces the secrets of live messages; nil: the recording holds its own in clear.
    /// Throws when the file cannot be read.
    public static func apply(
        _ report: VerifyReport, of engine: VerifyEngine, to file: ArraySlice<UInt8>, redactor: Redactor?
    ) throws(SourceFailure) -> Outcome {
        var reader = RecordingFileReader()
        var outcome = Outcome(file: [])
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
            switch Self.text(of: body, after: replacements) {
            case nil: outcome.removed += 1
            case .some(let text) where text.elementsEqual(body): outcome.file += line.text + feed
            case .some(let text):
                outcome.changed += 1
                outcome.file += (line.replacingBody(with: text[...]) ?? Array(line.text)) + feed
            }
        }
        return outcome
    }

    /// A message, or a batch of several, after the replacements; nil: nothing is left of it.
    private static func text(
        of body: ArraySlice<UInt8>, after replacements: [VerifyEngine.Replacement]
    ) -> [UInt8]? {
        let members = Envelope.scan(body).members
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "["), !members.isEmpty else {
            guard let replacement = replacements.first else { return Array(body) }
            return replacement.live.map { Array($0) }
        }
        var open = replacements
        var isWhole = true
        var left: [ArraySlice<UInt8>] = []
        var splice = JSONSplice()
        for range in members {
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
}
