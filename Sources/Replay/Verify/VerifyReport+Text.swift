import Wire

/// What a verification says to a person.
extension VerifyReport {
    /// The longest value in a line.
    private static let valueLimit = 200

    /// A line for each difference and each request that was not sent, then the summary.
    public var lines: [String] { plainLines.map(GitHubText.inert) }

    private var plainLines: [String] {
        if let unreachable {
            return ["cannot reach \(shown(server)): \(OneLine.text(unreachable, limit: 600))"]
        }
        var lines: [String] = []
        var last: String?
        for finding in findings {
            let head = Self.head(finding)
            if head != last { lines.append(head) }
            last = head
            lines.append("  \(finding.difference.text(limit: Self.valueLimit))")
        }
        for (exchange, reason) in skipped {
            lines.append("skipped \(Self.name(exchange)): \(OneLine.text(reason.text, limit: 400))")
        }
        for proposal in proposals {
            let (from, to) = (Self.number(proposal.from), Self.number(proposal.to))
            lines.append(
                "hint: \(to) repeats a value of \(from) that differs now: --bind '"
                    + OneLine.text(proposal.place, limit: 400) + "' carries the live one over")
        }
        if unreadableRequests > 0 {
            let count = ReplayReport.count(unreadableRequests, "recorded request", "recorded requests")
            lines.append("skipped \(count), not completely on record")
        }
        if gaps > 0 {
            lines.append(
                "note: the recording has \(ReplayReport.count(gaps, "gap", "gaps")): "
                    + "what it lacks was not compared")
        }
        return lines + [summary]
    }

    /// One line: what was compared and what came of it.
    public var summary: String {
        let handshakes = exchanges.count { exchange in
            switch exchange.outcome {
            case .same, .differs: exchange.isHandshake
            case .skipped, .sent: false
            }
        }
        var parts = [
            ReplayReport.count(comparedCount, "exchange", "exchanges") + " compared",
            findings.isEmpty
                ? "no difference" : ReplayReport.count(findings.count, "difference", "differences"),
        ]
        if !skipped.isEmpty { parts.append("\(skipped.count) skipped") }
        let slower = exchanges.count { $0.latency == .slower }
        if slower > 0 { parts.append("\(slower) slower") }
        var text = "\(shown(recording)) against \(shown(server)): " + parts.joined(separator: ", ")
        if comparedNothing {
            text += handshakes > 0 ? "; nothing but the handshake was compared" : "; nothing was compared"
        }
        return text
    }

    private func shown(_ text: String) -> String { OneLine.text(text, limit: 200) }

    static func number(_ number: Int?) -> String { number.map { "#\($0)" } ?? "another exchange" }

    static func name(_ exchange: VerifiedExchange) -> String {
        let number = exchange.number.map { "#\($0) " } ?? ""
        return number + OneLine.text(exchange.subject, limit: 200)
    }

    private static func head(_ finding: VerifyFinding) -> String {
        let number = finding.exchange.map { "#\($0) " } ?? ""
        return number + OneLine.text(finding.subject, limit: 200)
    }

    // MARK: GitHub

    /// The same as workflow commands of GitHub Actions, which shows them beside the change.
    public var annotations: [String] {
        let file = GitHubText.property(recording)
        if let unreachable {
            return ["::error file=\(file),title=Server not reached::\(GitHubText.message(unreachable))"]
        }
        var lines = findings.map { finding in
            "::error file=\(file),title=\(GitHubText.property(Self.head(finding)))::"
                + GitHubText.message(finding.difference.text(limit: Self.valueLimit))
        }
        for (exchange, reason) in skipped {
            lines.append(
                "::\(isStrict ? "error" : "notice") file=\(file),title=Skipped::"
                    + GitHubText.message(
                        "\(Self.name(exchange)): \(OneLine.text(reason.text, limit: 400))"))
        }
        if comparedNothing {
            lines.append("::error file=\(file),title=Nothing compared::\(GitHubText.message(summary))")
        }
        return lines
    }
}

extension AnswerDifference {
    /// One line: the kind, the place, and what is there.
    func text(limit: Int) -> String {
        var text = kind.rawValue
        if !pointer.isEmpty { text += " " + OneLine.text(pointer, limit: 200) }
        if let note { text += ": " + OneLine.text(note, limit: 400) }
        func value(_ text: String) -> String { OneLine.text(text, limit: limit) }
        switch (recorded, live) {
        case (let recorded?, let live?):
            text += "\(note == nil ? ":" : ",") recorded \(value(recorded)), now \(value(live))"
        case (let recorded?, nil): text += "\(note == nil ? ":" : ",") recorded \(value(recorded))"
        case (nil, let live?): text += "\(note == nil ? ":" : ",") now \(value(live))"
        case (nil, nil): break
        }
        return text
    }
}

/// Text in workflow commands. Source: GitHub Actions, workflow commands: what must be escaped.
enum GitHubText {
    static func message(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    /// A line of other output that a runner reads as no command, whatever a server or a client wrote.
    /// Source: actions/runner, ActionCommand: `::` behind white space at a line's start, `##[` anywhere.
    static func inert(_ line: String) -> String {
        let text = line.replacing("##[", with: "#\\u0023[")
        let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
        guard text[start...].hasPrefix("::") else { return text }
        return text[..<start] + "\\u003a" + text[start...].dropFirst()
    }

    /// An annotation from a file that may be anybody's: one command that annotates, and no other. What is
    /// none becomes the text of a notice.
    static func annotation(_ line: String) -> String {
        let plain = message(line).replacing("%25", with: "%")
        for command in ["error", "warning", "notice"] {
            guard plain.hasPrefix("::\(command) ") || plain.hasPrefix("::\(command)::") else { continue }
            if plain.dropFirst(2).contains("::") { return plain }
        }
        return "::notice::\(message(line))"
    }

    static func property(_ text: String) -> String {
        message(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
