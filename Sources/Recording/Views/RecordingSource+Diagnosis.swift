internal import MCPSemantics

extension RecordingSource {
    /// What is wrong with a session, one line each, the most important first; empty when nothing is.
    ///
    /// The last lines of its standard error are read only where they explain it.
    public func diagnoses(of summary: SessionSummary) throws(SourceFailure) -> [String] {
        var lines: [String] = []
        let state = summary.state
        let failed = state.end.map { $0.reason == .serverExited || $0.reason == .notStarted } ?? false
        if failed && state.standardErrorLines > 0 {
            let total = Int64(state.messages.total + state.standardErrorLines + state.gaps)
            // Standard error of a server that failed stands at the end.
            let entries = try entries(
                of: summary.description.id, from: max(1, total - 64), limit: ConversationReader.pageSize)
            for case .message(let message) in entries where message.kind == .standardError {
                if case .inline(let bytes) = message.body {
                    lines.append(DisplayText.oneLine(utf8: bytes, limit: 200))
                }
            }
        }
        return Diagnosis.lines(of: summary, lastErrorLines: lines.suffix(Diagnosis.quotedErrorLines))
    }
}
