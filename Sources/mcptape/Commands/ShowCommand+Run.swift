import ArgumentParser
import MCPSemantics
import Recording
import Wire

extension ShowCommand {
    func run() throws {
        let terminal = global.terminal()
        let filter = try Filter.reading(filter)
        let opened = try OpenedRecording.open(recording, global: global)
        let exchange = exchange ?? opened.exchange
        let isPrinted = !raw && !reading.json
        let slow = isPrinted ? try global.slow(ofFile: opened.file != nil) : Settings.standardSlow
        for (index, summary) in opened.sessions.enumerated() {
            if raw {
                try printRaw(summary, opened, exchange, filter, terminal)
            } else if reading.json {
                try printJSON(summary, opened, exchange, filter, terminal)
            } else if let exchange {
                try ExchangePrinter(terminal: terminal, slow: slow).show(
                    exchange, of: summary, in: opened.source)
            } else {
                if index > 0 { terminal.line() }
                try printConversation(
                    summary, opened, filter, ConversationPrinter(terminal: terminal, slow: slow))
            }
        }
        terminal.flush()
        try opened.finish()
    }

    private func conversation(
        _ summary: SessionSummary, _ opened: OpenedRecording, _ filter: Filter
    ) -> ConversationReader {
        ConversationReader(summary, of: opened.named, filter: filter, now: opened.now)
    }

    private func printConversation(
        _ summary: SessionSummary, _ opened: OpenedRecording, _ filter: Filter,
        _ printer: ConversationPrinter
    ) throws {
        var printer = printer
        let terminal = printer.terminal
        // Only a person types it.
        if terminal.columns != nil { printer.word = try opened.word(for: summary) ?? "" }
        printer.head(summary, diagnoses: try opened.diagnoses(of: summary))
        let conversation = conversation(summary, opened, filter)
        var shown = 0
        var routine = RoutineHTTP()
        while let (entry, exchange) = try conversation.next() {
            if routine.canOmit(entry), !http { continue }
            if let limit, shown >= limit {
                terminal.line(terminal.styled("… and more: without --limit \(limit) all is shown", .dim))
                break
            }
            printer.line(entry, exchange: exchange)
            shown += 1
        }
        if shown > 0, terminal.columns != nil {
            let command = try opened.opening(summary, exchange: summary.state.exchanges)
            terminal.line()
            terminal.line(terminal.styled("in the browser: \(command)", .dim))
        }
        if shown == 0 {
            terminal.line(terminal.styled(filter.isEmpty ? "Nothing was said." : "Nothing matches.", .dim))
        }
    }

    /// The exact bytes, each message with the line end it had.
    private func printRaw(
        _ summary: SessionSummary, _ opened: OpenedRecording, _ wanted: Int?, _ filter: Filter,
        _ terminal: Terminal
    ) throws {
        let conversation = conversation(summary, opened, filter)
        var left = limit ?? Int.max
        while left > 0, let (entry, exchange) = try conversation.next() {
            guard case .message(let message) = entry, wanted == nil || exchange?.number == wanted else {
                continue
            }
            if message.kind == .http, !http { continue }
            left -= 1
            switch message.body {
            case .inline(let bytes): terminal.write(bytes)
            case .parts(let body, _):
                try opened.source.readParts(of: summary.description.id, body: body) { terminal.write($0) }
            case .omitted: continue
            }
            if message.hasLineFeed { terminal.write(CollectionOfOne(0x0A)) }
        }
    }

    private func printJSON(
        _ summary: SessionSummary, _ opened: OpenedRecording, _ wanted: Int?, _ filter: Filter,
        _ terminal: Terminal
    ) throws {
        var json = JSONWriter(escapesInvisible: true)
        if wanted == nil {
            json.session(summary, diagnosis: try opened.diagnoses(of: summary).first)
            json.endLine()
        }
        let conversation = conversation(summary, opened, filter)
        var left = limit ?? Int.max
        while left > 0, let (entry, exchange) = try conversation.next() {
            if let wanted, exchange?.number != wanted { continue }
            left -= 1
            json.entry(entry, of: summary.description.id)
            json.endLine()
            terminal.write(json.bytes)
            json.removeAll()
        }
        terminal.write(json.bytes)
    }
}
