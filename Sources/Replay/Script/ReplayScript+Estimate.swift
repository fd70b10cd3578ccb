import MCPSemantics

extension ReplayScript {
    /// How long a replay makes a client wait.
    public struct Estimate: Sendable, Equatable {
        /// What the server sends.
        public var messages = 0
        /// Nanoseconds until the answers, one request after the other.
        public var total: Int64 = 0
        /// The longest of them, in nanoseconds.
        public var longest: Int64 = 0
        /// Which request that is: number, method and name.
        public var longestRequest: ReplayReport.Recorded?
    }

    /// What a client waits for that asks for everything once, in the recorded order and one after the other.
    /// What it does in between, and how long it takes to answer the server, is not counted.
    public func estimate(_ timing: ReplayTiming) -> Estimate {
        var estimate = Estimate()
        for cue in cues {
            var pace = RunPace(recorded: cue.time, live: .zero)
            var answered: Timestamp?
            for (step, time) in zip(cue.steps, cue.times) {
                switch step {
                case .send(let line):
                    estimate.messages += 1
                    pace.pass(time, due: pace.due(time, timing))
                    if line.role == .answer, answered == nil { answered = pace.live }
                case .awaitAnswer, .awaitCancellation:
                    pace.restart(time, now: pace.live)
                }
            }
            guard let answered, let request = cue.request else { continue }
            let sum = estimate.total.addingReportingOverflow(answered.nanoseconds)
            estimate.total = sum.overflow ? .max : sum.partialValue
            if answered.nanoseconds > estimate.longest {
                estimate.longest = answered.nanoseconds
                estimate.longestRequest = ReplayReport.Recorded(
                    exchange: request.exchange,
                    subject: ReplayEngine.subject(request.method, request.name))
            }
        }
        return estimate
    }
}

extension ReplayReport.Recorded {
    /// In one line: `#14 tools/call search`.
    public var label: String { text }
}
