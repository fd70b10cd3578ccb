extension ReplayReport {
    /// How a request was answered; the raw values are the words in metrics.
    public enum Result: String, Sendable, Hashable, CaseIterable {
        /// With the recorded answer.
        case exact
        /// With a recorded answer that had been given before.
        case repeated
        /// With the answer of the nearest recorded request.
        case nearest
        /// By the real server.
        case forwarded
        /// With the error that says what differs.
        case miss
    }

    /// What one of several servers did with its requests.
    public struct ServerResults: Sendable, Equatable {
        public var server: String
        public var counts: [Result: Int]
    }

    /// How many requests were answered in which way. Each only grows while the replay goes on. What is
    /// answered without the recording, as `ping`, and what is asked for too often under `--repeats error`, is
    /// in none.
    public var results: [Result: Int] {
        [
            .exact: answered - answeredAgain, .repeated: answeredAgain,
            .nearest: nearestCount, .forwarded: forwarded, .miss: missCount - nearestCount,
        ]
    }

    mutating func noteAnswer(isRepeat: Bool, isNearest: Bool) {
        // Another request's answer is a miss, and counted as that.
        guard !isNearest else { return }
        answered += 1
        if isRepeat { answeredAgain += 1 }
    }
}
