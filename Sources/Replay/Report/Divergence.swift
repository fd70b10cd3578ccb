import Wire

/// A way in which the live conversation left the recorded one without being a miss.
public struct Divergence: Sendable, Equatable {
    /// What kind of divergence it is; the raw values are the words in reports.
    public enum Kind: String, Sendable, Hashable {
        /// The client states other versions, capabilities or names; the recorded answer was given.
        case handshakeDrift = "handshake_drift"
        /// A request of one era was answered by a recorded answer of the other.
        case eraDiffers = "era_differs"
        /// Answers of the protocol's other era were translated.
        case eraTranslated = "era_translated"
        /// Messages that no client of its era gets were left out.
        case eraLeftOut = "era_left_out"
        /// A notification that the recorded client never sent; accepted.
        case notificationNotRecorded = "notification_not_recorded"
        /// A line that is no JSON-RPC message and is not in the recording; ignored.
        case foreignLine = "foreign_line"
        /// The client's answer to a request of the server is not the recorded one.
        case clientAnswerDiffers = "client_answer_differs"
        /// An answer to a request that was not sent.
        case unexpectedAnswer = "unexpected_answer"
        /// The client cancelled a request whose recorded answer was on its way.
        case cancelledBeforeAnswer = "cancelled_before_answer"
        /// `logging/setLevel` is not in the recording; answered `{}`.
        case levelNotRecorded = "level_not_recorded"
        /// Recorded progress was left out, because the live request carries no progress token.
        case progressLeftOut = "progress_left_out"
        /// A recorded message of a subscription was left out, because no live one listens.
        case subscriptionLeftOut = "subscription_left_out"
        /// The client left a request of the server unanswered, which the recorded client answered.
        case serverRequestUnanswered = "server_request_unanswered"
        /// The real server behind the recording is another than the recorded one.
        case realServer = "real_server"
    }

    public var kind: Kind
    /// The recorded exchange that it concerns.
    public var exchange: Int?
    /// The method, and what it is applied to, where there is one.
    public var subject: String?
    public var differences: [FacetDifference]

    init(_ kind: Kind, exchange: Int? = nil, subject: String? = nil, differences: [FacetDifference] = []) {
        self.kind = kind
        self.exchange = exchange
        self.subject = subject
        self.differences = differences
    }

    /// One line for a person.
    public var text: String {
        let subject = OneLine.text(self.subject ?? "a message", limit: 200)
        let number = exchange.map { " (#\($0))" } ?? ""
        switch kind {
        case .handshakeDrift:
            return "\(subject) differs from the recording\(number)\(place); the recorded answer was given"
        case .eraDiffers:
            return
                "\(subject)\(number) was recorded in the protocol's other era; the recorded answer was given"
        case .eraTranslated:
            return "the recording is of the protocol's other era: its answers were translated"
        case .eraLeftOut:
            return "\(subject) was left out: a client of this era gets none like that"
        case .notificationNotRecorded:
            return "\(subject) is not in the recording; accepted"
        case .foreignLine:
            return "a line that is no JSON-RPC message and is not in the recording was ignored: \(subject)"
        case .clientAnswerDiffers:
            return "the client answered \(subject)\(number) otherwise than recorded\(place)"
        case .unexpectedAnswer:
            return "the client answered \(subject), which was not asked"
        case .cancelledBeforeAnswer:
            return "\(subject)\(number) was cancelled before its recorded answer could be sent"
        case .levelNotRecorded:
            return "\(subject) is not in the recording; answered with an empty result"
        case .progressLeftOut:
            return "progress of \(subject)\(number) was left out: the request carries no progress token"
        case .subscriptionLeftOut:
            return "a message of subscription \(subject) was left out: nobody listens under it"
        case .serverRequestUnanswered:
            return "the client did not answer \(subject)\(number), as it did in the recording"
        case .realServer:
            return "the real server \(subject)"
        }
    }

    private var place: String {
        guard let first = differences.first else { return "" }
        let recorded = first.recorded.map { OneLine.text($0, limit: 60) } ?? "nothing"
        let got = first.got.map { OneLine.text($0, limit: 60) } ?? "nothing"
        let more = differences.count > 1 ? ", and at \(differences.count - 1) more" : ""
        return " at \(OneLine.text(first.pointer, limit: 120)): recorded \(recorded), got \(got)\(more)"
    }

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("kind", kind.rawValue)
            json.member("exchange", ifPresent: exchange)
            json.member("subject", ifPresent: subject)
            json.member("text", text)
            if !differences.isEmpty {
                json.member("differences") { json in
                    json.array { for difference in differences { difference.write(into: &$0) } }
                }
            }
        }
    }
}
