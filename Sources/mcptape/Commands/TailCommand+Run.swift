import ArgumentParser
import Glibc
import Platform
import Recording
import Store

extension TailCommand {
    /// How often the store is asked whether anything is new: a writer commits five times a second.
    private static let interval: UInt32 = 100_000

    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let filter = try Filter.reading(filter)
        let (opened, isNew) = try openWaiting(system)
        let only = try session.map { try followed($0, opened) }
        var follower = TailFollower(
            opened.store, filter: filter, only: only, terminal: terminal, isJSON: reading.json)
        // What came while nothing was there yet has not been seen by anybody.
        if !isNew { try follower.skip(leaving: last, now: system.realtime()) }
        var revision: Int64 = -1
        while true {
            let newest = try opened.store.changes(since: revision).revision
            // A session's end is told by its recorder's lock too, which no commit announces.
            if newest != revision || only != nil {
                revision = newest
                guard try follower.step(now: system.realtime()) else { return }
            }
            usleep(TailCommand.interval)
        }
    }

    /// The sessions that `--session` names: one, or those of a run.
    private func followed(_ word: String, _ opened: OpenedStore) throws -> Set<SessionID> {
        guard word.hasPrefix("run:") else { return [try opened.session(word).description.id] }
        let recording = try OpenedRecording.open(word, global: global).whole(
            "tail follows whole sessions", hint: "leave it out, or read it: mcptape show")
        return Set(recording.sessions.map(\.description.id))
    }

    /// Opens the store; when nothing has been recorded yet, waits until something is.
    private func openWaiting(_ system: SystemCalls) throws -> (opened: OpenedStore, isNew: Bool) {
        var hasSaid = false
        while true {
            do {
                return (try OpenedStore.forReading(global, system: system), hasSaid)
            } catch let failure as Failure where failure.status == Failure.noInput && session == nil {
                if !hasSaid { complain("\(failure.message); waiting for the first session") }
                hasSaid = true
                usleep(TailCommand.interval)
            }
        }
    }
}
