import ArgumentParser
import MCPSemantics
import Platform
import Recording
import Store
import Wire

/// `mcptape runs [FILTER]`
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists runs, newest first: what one client did over all of its servers.",
        discussion: """
            A run's id is what --run said, or that of its first session; minutes follow when that one had \
            begun before and was silent for ten minutes (7k2f00000000.245). Wherever a command takes a \
            RECORDING, run:ID and run:last name the sessions of one.

            Examples:
              mcptape runs
              mcptape runs server:github since:1d
              mcptape stats run:last
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Option(help: ArgumentHelp("At most so many runs.", valueName: "n"))
    var limit: Int?

    @Argument(help: ArgumentHelp("Filter words: runs with a session that matches.", valueName: "filter"))
    var filter: [String] = []

    func validate() throws { try ReadingOptions.check(limit: limit) }

    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let filter = try Filter.reading(filter)
        let opened = try OpenedStore.forReading(global, system: system)
        let now = system.realtime()
        var matching = SessionFilter(filter, in: opened.store, now: now)
        var runs: [Run] = []
        for run in try Run.newestFirst(try opened.store.sessions(), of: opened.store) {
            if let limit, runs.count >= limit { break }
            if try run.sessions.contains(where: { try matching.matches($0) }) { runs.append(run) }
        }
        if reading.json {
            for run in runs {
                var json = JSONWriter(escapesInvisible: true)
                json.run(run)
                json.endLine()
                terminal.write(json.bytes)
            }
        } else if runs.isEmpty {
            terminal.line(
                filter.isEmpty ? "The store \(opened.location.path) has no sessions." : "Nothing matches.")
        } else {
            show(runs, terminal, now)
        }
        terminal.flush()
        try opened.store.complainOfDamage()
    }

    private func show(_ runs: [Run], _ terminal: Terminal, _ now: Int64) {
        var table = Table([.left, .right, .right, .right, .right, .right, .left, .left])
        table.add(["RUN", "AGE", "LENGTH", "SESS", "EXCH", "ERR", "SERVERS", "JOINED BY"])
        for run in runs {
            let servers = run.servers.prefix(4).map { DisplayText.oneLine($0, limit: 20) }
            let more = run.servers.count > 4 ? ", +\(run.servers.count - 4)" : ""
            table.add([
                DisplayText.oneLine(run.id, limit: 32), HumanText.age(nanoseconds: now &- run.start),
                HumanText.duration(nanoseconds: run.duration), HumanText.count(run.sessions.count),
                HumanText.count(run.exchanges), HumanText.count(run.errors),
                servers.joined(separator: ", ") + more, (run.isLive ? "● " : "") + run.joinedBy,
            ])
        }
        let lines = table.lines { row, column, text in
            if row == 0 { return terminal.styled(text, .dim) }
            if column == 5, runs[row - 1].errors > 0 { return terminal.styled(text, .red) }
            return column == 0 ? terminal.styled(text, .bold) : text
        }
        for line in lines { terminal.line(line) }
    }
}
