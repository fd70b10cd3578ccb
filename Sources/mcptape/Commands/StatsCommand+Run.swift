import ArgumentParser
import MCPSemantics
import Platform
import Recording
import Store
import Wire

extension StatsCommand {
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        var words = filter
        if all && recording != "last" { words.insert(recording, at: 0) }
        let filter = try Filter.reading(words)
        // A wrong word is told before a store that lacks.
        _ = try grouping(for: [])
        let measured = try source(recording, all: all, system)
        let grouping = try grouping(for: measured.parts)
        let reader = try measured.read(by: grouping, filter, slowest: options.slowest)
        if let compare = options.compare {
            let (base, baseFilter) = try baseline(compare, measured, filter, system)
            let before = try base.read(by: grouping, baseFilter, slowest: 0)
            show(StatisticsComparison(before: before.statistics, after: reader.statistics), terminal)
            terminal.flush()
            try base.source.complainOfDamage()
        } else {
            // Parts of a run say nothing of where its time went.
            let breakdown = all || !filter.isEmpty ? nil : RunBreakdown(reader.activities)
            if reading.json {
                print(reader, breakdown, measured, terminal)
            } else if reader.statistics.total.count == 0 {
                terminal.line("No exchanges" + (filter.isEmpty ? "." : " match."))
            } else {
                StatisticsPrinter(terminal: terminal).show(reader, breakdown, of: measured)
            }
            terminal.flush()
        }
        try measured.source.complainOfDamage()
    }

    private func source(_ word: String, all: Bool, _ system: SystemCalls) throws -> MeasuredSessions {
        guard all else {
            let opened = try OpenedRecording.open(word, global: global).whole(
                "stats measures whole sessions", hint: "leave it out; filter words choose among exchanges")
            var measured = MeasuredSessions(opened.source, opened.sessions, opened.now)
            if let run = opened.run { (measured.parts, measured.run) = (run.parts, run.id) }
            measured.file = opened.file
            return measured
        }
        let opened = try OpenedStore.forReading(global, system: system)
        return MeasuredSessions(opened.store, try opened.store.sessions(), system.realtime())
    }

    private func grouping(for parts: [Run.Part]) throws -> StatisticsGrouping {
        guard !options.by.isEmpty else { return .standard }
        let grouping: StatisticsGrouping
        do throws(StatisticsGrouping.Failure) {
            grouping = try StatisticsGrouping(parsing: options.by)
        } catch {
            throw Failure(Failure.usage, error.message)
        }
        if options.compare != nil, grouping.dimensions.contains(.time) {
            throw Failure(
                Failure.usage,
                "--compare sets two stretches of time side by side already; leave time out of --by")
        }
        let start = parts.map(\.start).min() ?? 0
        let end = parts.map(\.end).max() ?? start
        return grouping.choosingBucket(for: end &- start)
    }

    /// What `--compare` names. Its first word is a recording, unless it has a colon as filter words have;
    /// without filter words a recording takes those of the command.
    private func baseline(
        _ text: String, _ measured: MeasuredSessions, _ filter: Filter, _ system: SystemCalls
    ) throws -> (MeasuredSessions, Filter) {
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first else {
            throw Failure(
                Failure.usage, "--compare says nothing",
                hint: "say filter words such as 'since:2d..1d', or a recording such as github~1")
        }
        let isRecording = first.hasPrefix("run:") || first.contains("/") || !first.contains(":")
        guard isRecording else { return (measured, try Filter.reading(words)) }
        let rest = Array(words.dropFirst())
        return (try source(first, all: false, system), rest.isEmpty ? filter : try Filter.reading(rest))
    }

    private func show(_ comparison: StatisticsComparison, _ terminal: Terminal) {
        if reading.json {
            for pair in comparison.pairs + [comparison.total] {
                var json = JSONWriter(escapesInvisible: true)
                json.comparison(pair)
                json.endLine()
                terminal.write(json.bytes)
            }
            return
        }
        let isEmpty = [comparison.total.before, comparison.total.after].allSatisfy { ($0?.count ?? 0) == 0 }
        guard !isEmpty else { return terminal.line("No exchanges on either side.") }
        StatisticsPrinter(terminal: terminal).show(comparison.table, withErrors: [])
        for note in comparison.notes { terminal.line(terminal.styled(note, .dim)) }
    }

    /// The rows of groups come first and the total last, whatever else is between.
    private func print(
        _ reader: StatisticsReader, _ breakdown: RunBreakdown?, _ measured: MeasuredSessions,
        _ terminal: Terminal
    ) {
        let statistics = reader.statistics
        let bucket = statistics.grouping.bucket
        func line(_ write: (inout JSONWriter) -> Void) {
            var json = JSONWriter(escapesInvisible: true)
            write(&json)
            json.endLine()
            terminal.write(json.bytes)
        }
        for row in statistics.rows { line { $0.statistics(row, kind: "group", bucket: bucket) } }
        if let other = statistics.other { line { $0.statistics(other, kind: "other") } }
        for operation in statistics.slowest { line { $0.slow(operation) } }
        for tool in reader.context.rows { line { $0.contextCost(tool) } }
        if !reader.context.isEmpty { line { $0.contextCost(reader.context) } }
        if let breakdown {
            line { $0.breakdown(breakdown, sessions: measured.parts.count, run: measured.run) }
        }
        line { $0.statistics(statistics.total, kind: "total") }
    }
}

/// The sessions that are measured, and where they are read from.
struct MeasuredSessions {
    let source: any RecordingSource
    /// All of each, but where a run is named that has less.
    var parts: [Run.Part]
    let now: Int64
    /// The file's path as it was typed; nil for sessions of the store.
    var file: String?
    /// The id of the run that they were named as.
    var run: String?

    init(_ source: any RecordingSource, _ sessions: [SessionSummary], _ now: Int64) {
        self.source = source
        parts = sessions.map { Run.Part($0) }
        self.now = now
    }

    func read(by grouping: StatisticsGrouping, _ filter: Filter, slowest: Int) throws -> StatisticsReader {
        var reader = StatisticsReader(Statistics(by: grouping, slowest: slowest), filter: filter, now: now)
        for part in parts { try reader.read(part, of: source) }
        return reader
    }

    /// The command that shows an operation.
    func command(showing operation: SlowOperation) -> String {
        if let file { return "mcptape show \(file) --exchange \(operation.number)" }
        return "mcptape show \(operation.session.text)#\(operation.number)"
    }
}

/// Statistics for eyes.
struct StatisticsPrinter {
    let terminal: Terminal

    func show(_ reader: StatisticsReader, _ breakdown: RunBreakdown?, of measured: MeasuredSessions) {
        if let breakdown, breakdown.total > 0 {
            terminal.line(terminal.styled(breakdown.text, .bold))
            note(breakdown.notes)
            terminal.line()
        }
        let servers = Set(measured.parts.map(\.session.description.name)).sorted()
        let more = servers.count > 4 ? ", +\(servers.count - 4)" : ""
        let names = servers.prefix(4).joined(separator: ", ") + more
        terminal.line(
            terminal.styled(HumanText.counted(measured.parts.count, "session"), .bold) + " of "
                + DisplayText.oneLine(names, limit: 80))
        let table = StatisticsTable(reader.statistics)
        show(table.cells, withErrors: table.rowsWithErrors)
        note(table.notes)
        terminal.line()
        for line in reader.statistics.histogram.lines(width: min(terminal.columns ?? 80, 100)) {
            terminal.line(line)
        }
        show(reader.statistics.slowest, of: measured)
        show(reader.context)
    }

    /// Rows of cells, of which the first is a head and the first column names.
    func show(_ cells: [[String]], withErrors: Set<Int>) {
        var table = Table([.left] + Array(repeating: .right, count: max(0, (cells.first?.count ?? 1) - 1)))
        for row in cells { table.add(row) }
        let lines = table.lines { row, column, text in
            if row == 0 { return terminal.styled(text, .dim) }
            return column == 2 && withErrors.contains(row) ? terminal.styled(text, .red) : text
        }
        for line in lines { terminal.line(line) }
    }

    private func show(_ slowest: [SlowOperation], of measured: MeasuredSessions) {
        guard !slowest.isEmpty else { return }
        terminal.line()
        var table = Table([.right, .left, .left, .left])
        table.add(["SLOWEST", "SERVER", "", "SHOW IT"])
        for operation in slowest {
            let name = operation.name.map { " " + DisplayText.oneLine($0, limit: 40) } ?? ""
            table.add([
                HumanText.duration(nanoseconds: operation.duration),
                DisplayText.oneLine(operation.server, limit: 24),
                DisplayText.oneLine(operation.method, limit: 40) + name
                    + (operation.outcome == .ok ? "" : " (\(operation.outcome.word))"),
                measured.command(showing: operation),
            ])
        }
        for line in table.lines(style: { row, _, text in row == 0 ? terminal.styled(text, .dim) : text }) {
            terminal.line(line)
        }
    }

    private func show(_ context: ContextCost) {
        guard !context.isEmpty else { return }
        terminal.line()
        if !context.rows.isEmpty { show(context.table(limit: 10), withErrors: []) }
        note(context.lines)
    }

    private func note(_ lines: [String]) {
        for line in lines { terminal.line(terminal.styled(line, .dim)) }
    }
}
