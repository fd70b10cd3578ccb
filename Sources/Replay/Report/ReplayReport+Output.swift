import Wire

extension ReplayReport {
    /// The member that tells a report from other JSON, and its value.
    static let versionMember = "mcptapeReport"
    static let version = 1

    /// Names of a list that are written in one line.
    private static let listLimit = 10

    /// The report for a person: the counts, then a line for each thing to know, misses first.
    public var lines: [String] { plainLines.map(GitHubText.inert) }

    private var plainLines: [String] {
        var lines = [summary]
        lines += misses.map(\.line)
        if missCount > misses.count { lines.append("… and \(missCount - misses.count) more misses") }
        lines += notes.map { "note: " + $0 }
        if !neverAsked.isEmpty { lines.append("note: " + Self.told(neverAsked: neverAsked)) }
        return lines
    }

    /// `never asked for: #4 tools/call search, …`
    static func told(neverAsked: [Recorded]) -> String {
        let shown = neverAsked.prefix(listLimit).map(\.text).joined(separator: ", ")
        let more = neverAsked.count - listLimit
        return "never asked for: \(shown)" + (more > 0 ? " and \(more) more" : "")
    }

    /// What is worth a word beside the misses and what was never asked for.
    var notes: [String] {
        var lines: [String] = []
        lines += divergences.map(\.text)
        if divergenceCount > divergences.count {
            lines.append("… and \(divergenceCount - divergences.count) more divergences")
        }
        for again in repeats {
            let times = again.count == 1 ? "once" : "\(again.count) times"
            lines.append(
                "\(again.recorded.text) was asked for \(times) more than recorded; "
                    + repeatRule.told)
        }
        lines += unanswered.map(\.text)
        if unansweredCount > unanswered.count {
            lines.append("… and \(unansweredCount - unanswered.count) more without an answer")
        }
        if unreadableRequests > 0 {
            lines.append(
                "\(Self.count(unreadableRequests, "recorded request")) cannot be matched: "
                    + "not completely on record")
        }
        if redactedValues > 0 {
            lines.append(
                "\(Self.count(redactedValues, "value")) not compared, because the recording holds "
                    + "placeholders for redacted ones there")
        }
        if strayProgress > 0 {
            lines.append(
                "\(Self.count(strayProgress, "recorded progress message")) left out: "
                    + "no recorded request asked for it")
        }
        return lines + faults.map(\.text)
    }

    private var summary: String {
        var parts = ["\(answered) answered from the recording"]
        if answeredByRule > 0 { parts.append("\(answeredByRule) without it") }
        if forwarded > 0 { parts.append("\(forwarded) by the real server") }
        if added > 0 { parts.append("\(added) added to the recording") }
        if missCount > 0 { parts.append("\(missCount) not recorded") }
        if unansweredCount > 0 { parts.append("\(unansweredCount) left unanswered") }
        let file = OneLine.text(recording, limit: 400)
        return "replayed \(file): \(Self.count(requests, "request")), \(parts.joined(separator: ", "))"
    }

    static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(word)\(number == 1 ? "" : "s")"
    }

    /// The report as one JSON object. `allPlayed`: leaving something out is a failure; `isFinished`: the
    /// replay has ended.
    public func json(allPlayed: Bool = false, isFinished: Bool = true) -> [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member(Self.versionMember, Self.version)
            json.member("recording", recording)
            json.member("session", session)
            json.member("requests", requests)
            json.member("answered", answered)
            json.member("answeredByRule", answeredByRule)
            json.member("forwarded", forwarded)
            json.member("added", added)
            json.member("missCount", missCount)
            json.member("misses") { json in
                json.array { json in
                    for miss in misses {
                        json.object { json in
                            json.member("message", miss.message)
                            json.member("data") { miss.write(into: &$0) }
                        }
                    }
                }
            }
            json.member("divergenceCount", divergenceCount)
            json.member("divergences") { json in
                json.array { for divergence in divergences { divergence.write(into: &$0) } }
            }
            json.member("repeats") { json in
                json.array { for again in repeats { again.write(into: &$0) } }
            }
            json.member("unansweredCount", unansweredCount)
            json.member("unanswered") { json in
                json.array { for request in unanswered { request.write(into: &$0) } }
            }
            json.member("neverAsked") { json in
                json.array { json in
                    for recorded in neverAsked { json.object { recorded.writeMembers(into: &$0) } }
                }
            }
            json.member("unreadableRequests", unreadableRequests)
            json.member("strayProgress", strayProgress)
            json.member("redactedValues", redactedValues)
            if !faults.isEmpty {
                json.member("faults") { json in
                    json.array { for fault in faults { fault.write(into: &$0) } }
                }
            }
            json.member("notes") { $0.strings(notes) }
            json.member("allPlayed", allPlayed)
            json.member("finished", isFinished)
        }
        return json.bytes
    }
}

extension ReplayReport.Unanswered {
    var text: String {
        let why =
            switch reason {
            case .neverAnswered: "was never answered in the recording, and so was not now"
            case .cancelledInRecording:
                "was cancelled in the recording before an answer came, and got none now"
            case .stillWaiting: "waits for what the client did in the recording before it was answered"
            case .cancelled: "was cancelled by the client"
            case .notYetDue: "was to be answered later than the client stayed"
            case .realServerOwes: "had no answer of the real server when the client left"
            }
        return "\(recorded.text) \(why)"
    }

    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            recorded.writeMembers(into: &json)
            json.member("reason", reason.rawValue)
        }
    }
}

extension FaultCount {
    /// For a person: `fault applied once: tool:search drop`.
    public var text: String {
        let rule = OneLine.text(rule, limit: 400)
        switch count {
        case 0: return "fault never applied: \(rule)"
        case 1: return "fault applied once: \(rule)"
        default: return "fault applied \(count) times: \(rule)"
        }
    }

    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("rule", rule)
            json.member("count", count)
        }
    }
}

extension ReplayReport.Repeat {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            recorded.writeMembers(into: &json)
            json.member("count", count)
        }
    }
}

extension ReplayReport.Recorded {
    func writeMembers(into json: inout JSONWriter) {
        json.member("exchange", ifPresent: exchange)
        json.member("subject", subject)
    }
}

extension MatchRules.Repeats {
    fileprivate var told: String {
        switch self {
        case .last, .once: "its last answer was given again"
        case .loop: "its answers were given again from the first"
        case .error: "it got an error"
        }
    }
}
