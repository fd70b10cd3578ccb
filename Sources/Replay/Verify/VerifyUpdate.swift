public import Recording

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
            guard isOurs, let sequence = line.sequence,
                let replacement = engine.replacement(for: sequence, in: report, redactor: redactor)
            else {
                outcome.file += line.text + feed
                continue
            }
            switch replacement {
            case .removed: outcome.removed += 1
            case .text(let text):
                outcome.changed += 1
                outcome.file += (line.replacingBody(with: text) ?? Array(line.text)) + feed
            }
        }
        return outcome
    }
}
