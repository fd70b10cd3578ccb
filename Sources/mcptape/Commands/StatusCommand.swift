import ArgumentParser
import Glibc
import Platform
import Recording
import Store

/// `mcptape` alone: like `git status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract:
            "Where the store is, what records now, the last sessions, what is impaired, what to type next.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let location = try global.location()
        let origin = location.origin == .standard ? "" : " (from \(location.origin))"
        terminal.line(terminal.styled("store  ", .dim) + location.path + origin)
        guard access(location.path, F_OK) == 0 else {
            terminal.line("Nothing has been recorded there yet.")
            terminal.line()
            next(terminal, ["mcptape record -- COMMAND", "mcptape demo"])
            return terminal.flush()
        }
        let opened = try OpenedStore.forReading(global, system: system)
        let sessions = try opened.store.sessions()
        let live = sessions.filter(\.isLive)
        terminal.line(
            terminal.styled("holds  ", .dim) + HumanText.counted(sessions.count, "session") + ", "
                + HumanText.size(Int(try opened.store.usedBytes())))
        terminal.line(
            terminal.styled("live   ", .dim)
                + (live.isEmpty ? "nothing records now" : HumanText.counted(live.count, "session")))
        journal(terminal, location, system)
        terminal.line()
        let now = system.realtime()
        if !sessions.isEmpty {
            try SessionTable(terminal: terminal, now: now).print(Array(sessions.prefix(5)), of: opened.store)
            terminal.line()
        }
        let failed = sessions.prefix(5).contains { $0.state.errors + $0.state.toolErrors > 0 }
        next(
            terminal,
            live.isEmpty
                ? ["mcptape show last" + (failed ? " status:error,tool_error" : ""), "mcptape stats last"]
                : ["mcptape tail", "mcptape show last"])
        terminal.flush()
    }

    /// Where unredacted payload lies until it is in the store.
    private func journal(_ terminal: Terminal, _ location: StoreLocation, _ system: SystemCalls) {
        let label = terminal.styled("journal", .dim)
        terminal.line(label + " " + JournalWords.place(store: location.path, system: system))
    }

    private func next(_ terminal: Terminal, _ commands: [String]) {
        for command in commands { terminal.line("  " + terminal.styled(command, .cyan)) }
    }
}
