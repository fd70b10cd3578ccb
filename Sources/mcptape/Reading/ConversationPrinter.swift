import MCPSemantics
import Recording

/// Prints a session's head and its conversation, a line a message, in columns of fixed width.
struct ConversationPrinter {
    let terminal: Terminal
    /// What `open` and `show` call the session: each line then says its exchange as they take it, unless a
    /// file's path leaves too little room for what was said. Empty: none does.
    var word = ""
    /// From how long on an exchange is slow, and marked so. Nanoseconds.
    let slow: Int64
    /// Columns: the terminal's, or wide enough for a log file.
    private var width: Int { max(80, terminal.columns ?? 160) }

    private static let labelWidth = 34
    /// Of the columns but the session's word and the summary.
    private static let fixedWidth = 12 + 2 + 6 + labelWidth + 2 + 10 + 10 + 10
    /// As long as the id of a session is a word that stands in each line, however narrow.
    private static let shortWord = 12
    /// Of a summary beside a longer one.
    private static let leastSummary = 40

    /// The head: who, what, when, and what is wrong.
    func head(_ summary: SessionSummary, diagnoses: [String]) {
        for diagnosis in diagnoses {
            terminal.line(terminal.styled(DisplayText.oneLine(diagnosis, limit: 600), .red))
        }
        let description = summary.description
        let started = CivilTime(nanosecondsSince1970: description.startRealtime).text(fraction: 3)
        let length = HumanText.duration(nanoseconds: summary.state.lastTime.nanoseconds)
        terminal.line(
            terminal.styled(
                "\(description.id.text)  \(DisplayText.oneLine(description.name, limit: 60))", .bold)
                + "  \(description.transport.rawValue), \(started), \(length), \(SessionWords.end(of: summary))"
        )
        for line in SessionHead.lines(of: summary) {
            let label = line.label + String(repeating: " ", count: max(0, 13 - line.label.count))
            terminal.line(terminal.styled(label, .dim) + line.text)
        }
        terminal.line()
    }

    /// One line of the conversation.
    func line(_ entry: RecordingEntry, exchange: Exchange?) {
        let word = lineWord
        let fixed = Self.fixedWidth + word.count
        let line = ConversationLine(entry, exchange: exchange, summaryWidth: max(20, width - fixed))
        let number = line.exchange.isEmpty ? "" : word + line.exchange
        let cells = [
            left(line.time, 12, .right), styledArrow(line), left(number, 5 + word.count, .left),
            terminal.styled(left(cut(line.label), Self.labelWidth, .left), line.isTrouble ? .red : .bold),
            outcome(line), duration(line, exchange), terminal.styled(left(line.size, 9, .right), .dim),
            line.summary,
        ]
        var text = cells.joined(separator: " ")
        while text.hasSuffix(" ") { text.removeLast() }
        terminal.line(text)
    }

    private var lineWord: String {
        let isShort = word.count <= Self.shortWord
        return isShort || Self.fixedWidth + word.count + Self.leastSummary <= width ? word : ""
    }

    private func styledArrow(_ line: ConversationLine) -> String {
        switch line.arrow {
        case "→": terminal.styled("→", .cyan)
        case "←": terminal.styled("←", .green)
        default: terminal.styled(line.arrow, .yellow)
        }
    }

    private func outcome(_ line: ConversationLine) -> String {
        let text = left(line.outcome, 10, .left)
        switch line.outcome {
        case "": return text
        case "ok": return terminal.styled(text, .green)
        default: return terminal.styled(text, .red)
        }
    }

    /// Colour is never the only sign.
    private func duration(_ line: ConversationLine, _ exchange: Exchange?) -> String {
        let isSlow = !line.duration.isEmpty && exchange?.isSlow(from: slow) == true
        let text = left(isSlow ? "◔ " + line.duration : line.duration, 9, .right)
        return isSlow ? terminal.styled(text, .yellow) : text
    }

    private func cut(_ label: String) -> String { DisplayText.oneLine(label, limit: Self.labelWidth) }

    private func left(_ text: String, _ width: Int, _ alignment: Table.Alignment) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return alignment == .left ? text + padding : padding + text
    }
}

/// How a session stands, in words.
enum SessionWords {
    static func end(of summary: SessionSummary) -> String {
        if summary.isLive { return "running" }
        guard let end = summary.state.end else { return "its end is not recorded" }
        switch (end.reason, end.exit) {
        case (.notStarted, _): return "server did not start"
        case (.interrupted, _): return "interrupted: mcptape was killed"
        case (_, .code(0)?): return "server ended with 0"
        case (_, .code(let code)?): return "server ended with \(code)"
        case (_, .signal(let number)?): return "server ended by signal \(number)"
        case (.clientClosed, nil): return "client closed"
        case (.serverExited, nil): return "server ended"
        case (.signalled, nil): return "ended by a signal to mcptape"
        case (.silent, nil): return "client silent for 15 minutes"
        case (.unknown, nil): return "ended"
        }
    }
}

extension Exchange {
    /// Whether it took so long, nanoseconds, or longer. A subscription lasts, and is slow for nobody.
    func isSlow(from least: Int64) -> Bool { !isLongLived && (duration ?? 0) >= least }
}
