import Journal
import Platform
import Recording
import Store

/// Takes in what recorders left that were killed.
enum Recovery {
    /// Runs before every reading command, and in each recorder after its first commit.
    ///
    /// With `announcing`, what was recovered and what could not be is said on standard error: a reader's session
    /// list would otherwise change without a reason.
    static func takeIn(
        store path: String, system: SystemCalls, announcing: Bool = false,
        until mustStop: () -> Bool = { false }
    ) {
        for outcome in recover(store: path, system: system, until: mustStop) {
            if announcing, let message = outcome.message { complain(message) }
        }
    }

    /// Recovers every journal without an owner; nothing when there is none, so that a reader with no right to
    /// write still reads.
    static func recover(
        store path: String, system: SystemCalls, until mustStop: () -> Bool = { false }
    ) -> [RecoveryOutcome] {
        let opened = OpenedOnce(path: path, system: system)
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
            description: { (session) throws(SinkFailure) in
                do {
                    return try opened.store().session(session)?.description
                } catch {
                    throw SinkFailure(.failed, "\(error)")
                }
            })
        return recovery.recoverAll(mustStop: mustStop)
    }

    /// Opens the store for writing when the first journal needs it.
    private final class OpenedOnce {
        private let path: String
        private let system: SystemCalls
        private var opened: Store?

        init(path: String, system: SystemCalls) {
            self.path = path
            self.system = system
        }

        func store() throws(StoreFailure) -> Store {
            if let opened { return opened }
            let store = try Store.open(path, access: .write, system: system)
            opened = store
            return store
        }
    }
}
