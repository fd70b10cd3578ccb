import ArgumentParser
import Platform
import Recording
import Store
import Wire

extension PruneCommand {
    func run() throws {
        let terminal = global.terminal()
        let opened = try OpenedStore.forWriting(global, system: SystemCalls())
        var policy = opened.location.retention
        if let age { policy.age = age.nanoseconds / 1_000_000_000 }
        if let size { policy.size = Int64(size.bytes) }
        let before = try opened.store.usedBytes()
        let report = try opened.store.prune(policy, dryRun: dryRun)
        if !dryRun { try opened.store.checkpoint() }
        if reading.json {
            var json = JSONWriter(escapesInvisible: true)
            json.object { json in
                json.member("dry_run", dryRun)
                json.member("removed") { json in json.strings(report.removed.map(\.text)) }
                json.member("shortened") { json in json.strings(report.shortened.map(\.text)) }
                json.member("bytes", report.bytes)
            }
            json.endLine()
            terminal.write(json.bytes)
        } else if report.removed.isEmpty && report.shortened.isEmpty {
            terminal.line("Nothing to remove: the store holds \(HumanText.size(Int(before))).")
        } else {
            terminal.line(
                (dryRun ? "Would remove " : "Removed ") + HumanText.counted(report.removed.count, "session")
                    + " and the head of \(HumanText.counted(report.shortened.count, "other")), "
                    + "\(HumanText.size(Int(report.bytes))) of messages.")
        }
        terminal.flush()
    }
}

extension KeepCommand {
    func run() throws {
        let terminal = global.terminal()
        let opened = try OpenedStore.forWriting(global, system: SystemCalls())
        let sessions = try recordings.map { try opened.session($0) }
        for session in sessions {
            _ = try opened.store.keep(session.description.id, !off)
            terminal.line(
                "\(session.description.id.text) \(DisplayText.oneLine(session.description.name, limit: 60)): "
                    + (off ? "retention may have it" : "kept until you say keep --off"))
        }
        terminal.flush()
    }
}

extension RemoveCommand {
    /// All words are resolved before the first session goes, so that a typing error removes nothing.
    func run() throws {
        let terminal = global.terminal()
        let opened = try OpenedStore.forWriting(global, system: SystemCalls())
        let sessions = try recordings.map { try opened.session($0) }
        if let live = sessions.first(where: \.isLive) {
            throw Failure(
                Failure.refused,
                "session \(live.shortName) is being recorded",
                hint: "end its server first")
        }
        for session in sessions {
            _ = try opened.store.remove(session.description.id)
            terminal.line(
                "Removed \(session.shortName)."
            )
        }
        terminal.flush()
    }
}

extension SessionSummary {
    /// Id and server name, harmless for a terminal.
    fileprivate var shortName: String {
        description.id.text + " " + DisplayText.oneLine(description.name, limit: 60)
    }
}
