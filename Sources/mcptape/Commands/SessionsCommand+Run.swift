import ArgumentParser
import MCPSemantics
import Platform
import Recording
import Store
import Wire

extension SessionsCommand {
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let filter = try Filter.reading(filter)
        let opened = try OpenedStore.forReading(global, system: system)
        let now = system.realtime()
        var matching = SessionFilter(filter, in: opened.store, now: now)
        var sessions: [SessionSummary] = []
        for summary in try opened.store.sessions() {
            if let limit, sessions.count >= limit { break }
            if try matching.matches(summary) { sessions.append(summary) }
        }
        if reading.json {
            for summary in sessions {
                var json = JSONWriter(escapesInvisible: true)
                json.session(summary, diagnosis: try opened.store.diagnoses(of: summary).first)
                json.endLine()
                terminal.write(json.bytes)
            }
        } else if sessions.isEmpty {
            terminal.line(
                filter.isEmpty ? "The store \(opened.location.path) has no sessions." : "Nothing matches.")
        } else {
            try SessionTable(terminal: terminal, now: now).print(sessions, of: opened.store)
        }
        terminal.flush()
    }
}

/// Sessions as a table, newest first.
struct SessionTable {
    let terminal: Terminal
    let now: Int64

    /// Prints a head line and a line a session, with its trouble below it.
    func print(_ sessions: [SessionSummary], of source: any RecordingSource) throws {
        var table = Table([.left, .right, .left, .left, .right, .right, .right, .right, .left])
        table.add(["SESSION", "AGE", "NAME", "REVISION", "LENGTH", "EXCH", "ERR", "BYTES", ""])
        for summary in sessions { table.add(cells(summary)) }
        let lines = table.lines { row, column, text in
            if row == 0 { return terminal.styled(text, .dim) }
            if column == 6, !sessions[row - 1].isFlawless { return terminal.styled(text, .red) }
            return column == 0 ? terminal.styled(text, .bold) : text
        }
        terminal.line(lines[0])
        for (line, summary) in zip(lines.dropFirst(), sessions) {
            terminal.line(line)
            if let diagnosis = try source.diagnoses(of: summary).first {
                terminal.line("  " + terminal.styled(DisplayText.oneLine(diagnosis, limit: 300), .yellow))
            }
        }
    }

    private func cells(_ summary: SessionSummary) -> [String] {
        let state = summary.state
        var marks: [String] = []
        if summary.isLive { marks.append("● live") }
        if summary.isKept { marks.append("kept") }
        if state.gaps > 0 { marks.append(HumanText.counted(state.gaps, "gap")) }
        if summary.headLostBefore != nil { marks.append("head lost") }
        if state.end?.reason == .interrupted { marks.append("interrupted") }
        return [
            summary.description.id.text,
            HumanText.age(nanoseconds: now &- summary.description.startRealtime),
            DisplayText.oneLine(summary.description.name, limit: 28),
            DisplayText.oneLine(state.revision ?? "-", limit: 12),
            HumanText.duration(nanoseconds: state.lastTime.nanoseconds),
            HumanText.count(state.exchanges), HumanText.count(state.errors + state.toolErrors),
            HumanText.size(state.bytes.total), marks.joined(separator: ", "),
        ]
    }
}

extension SessionSummary {
    /// No exchange of it failed.
    fileprivate var isFlawless: Bool { state.errors + state.toolErrors == 0 }
}
