import MCPSemantics
import Wire

/// What a real server does otherwise than recorded, and what was not asked.
public struct VerifyReport: Sendable, Equatable {
    /// The recording as the user named it.
    public var recording: String
    /// The id of the session that was played.
    public var session: String
    /// The server: its command line or its URL.
    public var server: String
    /// Every recorded request of the client, in order.
    public internal(set) var exchanges: [VerifiedExchange]
    /// In the order of the recording; without an exchange last.
    public internal(set) var findings: [VerifyFinding]
    /// Values that a later request repeats and that differ: `--bind` would carry the live one over.
    public internal(set) var proposals: [BindProposal] = []
    /// Recorded requests that cannot be sent, because their own bytes are not on record.
    public internal(set) var unreadableRequests = 0
    public internal(set) var gaps = 0
    /// The server is not there: nothing was compared.
    public internal(set) var unreachable: String?
    /// Where the recording is a file: the line of each exchange's request, from 1.
    public var requestLines: [Int: Int] = [:]
    /// Something that was not sent is a failure.
    public var isStrict = false

    /// Why a request was not sent.
    public enum SkipReason: Sendable, Hashable {
        /// The recording lacks its answer.
        case unanswered
        /// It holds values that were redacted.
        case redacted
        /// What the client answered to the server meanwhile holds values that were redacted.
        case redactedAnswer
        /// The recorded list says that the tool writes, or does not say that it only reads.
        case writes(String)
        /// The live list says so.
        case writesNow(String)
        case notListed(String)
        case notListedNow(String)
        case noList(String)
        case unknownMethod(String)
        /// The same of a notification.
        case unknownNotification(String)
        /// Servers may read another method or tool in it.
        case ambiguous(String)
        /// It changes a task that the client did not begin.
        case foreignTask(String)
        /// The exchange whose answer it needs was skipped.
        case dependsOn(Int?)
        /// The live answer of that exchange has nothing in the place of what it needs.
        case lacks(Int?)
        /// The server refused the handshake.
        case handshake
        case serverGone(String)
        /// The run was ended.
        case stopped
    }
}

/// One recorded request of the client, and what came of it.
public struct VerifiedExchange: Sendable, Equatable {
    /// The `14` of `#14`.
    public var number: Int?
    /// Method and name.
    public var subject: String
    public var isHandshake: Bool
    public var outcome: Outcome
    /// Nanoseconds.
    public var recordedDuration: Int64?
    public var liveDuration: Int64?

    /// What came of a request.
    public enum Outcome: Sendable, Equatable {
        case same
        /// The number of differences.
        case differs(Int)
        case skipped(VerifyReport.SkipReason)
        /// It was sent, and there is nothing to compare: it was cancelled, or stays open.
        case sent
    }

    /// How the live time is to the recorded one; nil when one is not known.
    public var latency: LatencyClass? {
        guard let recorded = recordedDuration, let live = liveDuration else { return nil }
        // Below 10 ms the machine decides.
        let (old, new) = (max(recorded, 10_000_000), max(live, 10_000_000))
        return new > 2 * old ? .slower : old > 2 * new ? .faster : .alike
    }

    /// How one time is to another; the raw values are the words in reports.
    public enum LatencyClass: String, Sendable, Hashable {
        /// Less than half of it.
        case faster
        case alike
        /// More than twice of it.
        case slower
    }
}

extension VerifiedExchange {
    /// A notification that was not sent, since no revision has it.
    init(unsentNotification method: String) {
        self.init(
            subject: method, isHandshake: false, outcome: .skipped(.unknownNotification(method)))
    }
}

/// One difference, and where it is.
public struct VerifyFinding: Sendable, Equatable {
    public var exchange: Int?
    /// Method and name, or the method of a message of the server.
    public var subject: String
    /// Before a place in an ignore list; nil: no place of a list leads to it.
    public var scope: String?
    public var difference: AnswerDifference
    /// The number of the recorded message that differs.
    var recordedSequence: Int64?
    var request: Int?
    var serverRequest: Int?
    var notification: Int?

    init(
        exchange: Int?, subject: String, scope: String? = nil, request: Int? = nil,
        recordedSequence: Int64? = nil, serverRequest: Int? = nil, notification: Int? = nil,
        _ difference: AnswerDifference
    ) {
        self.exchange = exchange
        self.subject = subject
        self.scope = scope
        self.request = request
        self.recordedSequence = recordedSequence
        self.serverRequest = serverRequest
        self.notification = notification
        self.difference = difference
    }

    static func scope(_ method: String, _ name: String?) -> String {
        if method == "tools/call", let name { return "tool:\(name)" }
        return method
    }
}

/// A place whose live value a later request should repeat.
public struct BindProposal: Sendable, Hashable {
    /// As `--bind` takes it.
    public var place: String
    /// The exchange that brought the value, and the first one that repeats it.
    public var from: Int?
    public var to: Int?
}

extension VerifyReport {
    static func subject(_ method: String, _ name: String?) -> String {
        name.map { "\(method) \($0)" } ?? method
    }

    /// Requests that were compared, the handshake included.
    public var comparedCount: Int {
        exchanges.reduce(into: 0) { count, exchange in
            switch exchange.outcome {
            case .same, .differs: count += 1
            case .skipped, .sent: break
            }
        }
    }

    /// Whether nothing but the handshake was compared: that says nothing of the server.
    public var comparedNothing: Bool {
        !exchanges.contains { exchange in
            switch exchange.outcome {
            case .same, .differs: !exchange.isHandshake
            case .skipped, .sent: false
            }
        }
    }

    /// What was not sent, with its reason.
    public var skipped: [(exchange: VerifiedExchange, reason: SkipReason)] {
        exchanges.compactMap { exchange in
            if case .skipped(let reason) = exchange.outcome { (exchange, reason) } else { nil }
        }
    }

    /// 1 when there is something to report, 69 when nobody was there, else 0.
    public var exitStatus: Int32 {
        if unreachable != nil { return 69 }
        let isFailure = !findings.isEmpty || comparedNothing || (isStrict && !skipped.isEmpty)
        return isFailure ? 1 : 0
    }
}

extension VerifyReport.SkipReason {
    /// The word in reports.
    public var word: String {
        switch self {
        case .unanswered: "answer_not_recorded"
        case .redacted: "redacted_arguments"
        case .redactedAnswer: "redacted_client_answer"
        case .writes, .writesNow, .ambiguous, .foreignTask: "may_write"
        case .notListed, .notListedNow: "tool_not_listed"
        case .noList: "no_tools_list"
        case .unknownMethod, .unknownNotification: "unknown_method"
        case .dependsOn: "depends_on_skipped"
        case .lacks: "live_value_missing"
        case .handshake: "handshake_refused"
        case .serverGone: "server_gone"
        case .stopped: "stopped"
        }
    }

    /// One phrase for a person.
    public var text: String {
        switch self {
        case .unanswered: "the recording holds no answer to compare with"
        case .redacted: "it holds redacted values, of which the real ones are not known"
        case .redactedAnswer: "what the client answered to the server holds redacted values"
        case .writes(let tool): "\(tool) does not declare that it only reads (--allow-tool \(tool))"
        case .writesNow(let tool):
            "\(tool) no longer declares that it only reads (--allow-tool \(tool))"
        case .notListed(let tool):
            "no recorded list names \(tool), so nothing says that it only reads (--allow-tool \(tool))"
        case .notListedNow(let tool):
            "the server does not list \(tool), so nothing says that it only reads (--allow-tool \(tool))"
        case .noList(let tool):
            "no list of tools is on record, so nothing says that \(tool) only reads (--allow-tool \(tool))"
        case .unknownMethod(let method):
            "no revision has the method \(method): it may write (--allow-writes)"
        case .unknownNotification(let method):
            "no revision has a notification \(method): it may write (--allow-writes)"
        case .ambiguous(let method):
            "servers may not agree on what this \(method) calls: a key is there twice, or the tool is no text "
                + "(--allow-writes)"
        case .foreignTask(let method):
            "\(method) changes a task that this client did not begin (--allow-writes)"
        case .dependsOn(let number): "it needs what \(Self.number(number)) answers, which was not asked"
        case .lacks(let number): "it needs a value that \(Self.number(number)) no longer answers"
        case .handshake: "the server refused the handshake"
        case .serverGone(let text): text
        case .stopped: "the run was ended before"
        }
    }

    private static func number(_ number: Int?) -> String { number.map { "#\($0)" } ?? "another exchange" }
}
