import Glibc
import Journal
import Platform
import Recording
import Store

/// Takes in what recorders left that were killed.
enum Recovery {
    /// Runs before every reading command, and in each recorder after its first commit.
    ///
    /// With `announcing`, what was recovered and what could not be is said on standard error: a reader's
    /// session list would otherwise change without a reason.
    static func takeIn(
        store path: String, retention: RetentionPolicy, system: SystemCalls, announcing: Bool = false,
        until mustStop: () -> Bool = { false }
    ) {
        takeIn(
            store: path, retention: retention, system: system, waiting: announcing,
            telling: { outcome in
                if announcing, let message = outcome.message { complain(message) }
            }, until: mustStop)
    }

    /// The same, telling of every journal what became of it. `waiting`: for another process that is at it.
    static func takeIn(
        store path: String, retention: RetentionPolicy, system: SystemCalls, waiting: Bool,
        telling: (RecoveryOutcome) -> Void, until mustStop: () -> Bool = { false }
    ) {
        let turn = takeTurn(store: path, system: system, waiting: waiting)
        defer { if turn >= 0 { _ = system.close(Int32(turn)) } }
        if turn == -Int(EWOULDBLOCK) { return }
        for outcome in recover(store: path, retention: retention, system: system, until: mustStop) {
            telling(outcome)
        }
    }

    /// One process recovers at a time: a second reader waits for it, or it would show a store in which the
    /// killed session is not yet. The lock is gone with its holder. A recorder does not wait, somebody is at
    /// it.
    ///
    /// The descriptor that holds the lock, or minus errno: a reader with no right to write needs none.
    private static func takeTurn(store path: String, system: SystemCalls, waiting: Bool) -> Int {
        var facts = stat()
        // Nothing is made in a directory that is no store.
        guard system.status(path + "/journals", &facts) >= 0 else { return -Int(ENOENT) }
        let descriptor = system.open(path + "/recovery.lock", O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0 else { return descriptor }
        let status = system.lock(Int32(descriptor), waiting ? LOCK_EX : LOCK_EX | LOCK_NB)
        guard status < 0 else { return descriptor }
        _ = system.close(Int32(descriptor))
        return status
    }

    /// Recovers every journal without an owner; nothing when there is none, so that a reader with no right to
    /// write still reads.
    static func recover(
        store path: String, retention: RetentionPolicy, system: SystemCalls,
        until mustStop: () -> Bool = { false }
    ) -> [RecoveryOutcome] {
        let opened = OpenedOnce(path: path, retention: retention, system: system)
        let recovery = JournalRecovery(
            store: path, system: system,
            coverage: { (session) throws(SinkFailure) in
                do throws(StoreFailure) {
                    return try opened.store().coverage(of: session)
                } catch {
                    throw error.asSinkFailure
                }
            },
            sink: { (description) throws(SinkFailure) in
                do throws(StoreFailure) {
                    return try opened.store().sink(for: description)
                } catch {
                    throw error.asSinkFailure
                }
            },
            openSessions: { (journal) throws(SinkFailure) in
                do {
                    return try opened.store().openSessions(of: journal)
                } catch {
                    throw SinkFailure(.failed, "\(error)")
                }
            },
            redactor: { (description) throws(SinkFailure) in
                do throws(StoreFailure) {
                    return try StoreRedactor.stored(for: description, store: path, system: system)
                } catch {
                    throw error.asSinkFailure
                }
            },
            decoding: { ContentInflater.decoder(for: $0) })
        return recovery.recoverAll(mustStop: mustStop)
    }

    /// Opens the store for writing when the first journal needs it.
    private final class OpenedOnce {
        private let path: String
        private let retention: RetentionPolicy
        private let system: SystemCalls
        private var opened: Store?

        init(path: String, retention: RetentionPolicy, system: SystemCalls) {
            self.path = path
            self.retention = retention
            self.system = system
        }

        func store() throws(StoreFailure) -> Store {
            if let opened { return opened }
            let store = try Store.open(path, access: .write, system: system)
            store.retention = retention
            opened = store
            return store
        }
    }
}
