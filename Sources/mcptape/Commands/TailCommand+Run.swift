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
        let opened = try OpenedStore.forReading(global, system: system)
        let only = try session.map { try opened.session($0).description.id }
        var follower = TailFollower(
            opened.store, filter: filter, only: only, terminal: terminal, isJSON: reading.json)
        try follower.skip(leaving: last)
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
}
