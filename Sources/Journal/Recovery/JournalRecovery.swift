public import Platform
public import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Takes in the journals of processes that were killed, while others are alive and writing.
///
/// A journal whose lock is free has no owner: the lock dies with the process that holds it. Whoever gets it
/// runs the journal through the same recorder from where the store stands, ends the session as interrupted
/// and removes it. A crash in the middle is no harm: the store's own position makes it exactly-once.
public struct JournalRecovery {
    private let store: String
    private let system: SystemCalls
    private let coverage: (SessionID) throws(SinkFailure) -> JournalCoverage?
    private let sink: (SessionDescription) throws(SinkFailure) -> any RecordSink
    private let openSessions: (SessionID) throws(SinkFailure) -> [SessionDescription]
    private let decoding: ContentDecoding
    private let redactor: (SessionDescription) throws(SinkFailure) -> Redactor?

    /// - Parameters:
    ///   - store: the store's directory.
    ///   - coverage: what the store has of a session; nil when it has nothing.
    ///   - sink: where a session's records go.
    ///   - openSessions: the sessions without an end that the store has of a journal, the session's own or
    ///     those of a listener, to end them when the journal is lost.
    ///   - decoding: undoes content codings of HTTP.
    ///   - redactor: replaces what is secret by the session's rules and under the store's key. A session with
    ///     rules is not taken in without one.
    public init(
        store: String, system: SystemCalls = SystemCalls(),
        coverage: @escaping (SessionID) throws(SinkFailure) -> JournalCoverage?,
        sink: @escaping (SessionDescription) throws(SinkFailure) -> any RecordSink,
        openSessions: @escaping (SessionID) throws(SinkFailure) -> [SessionDescription] = { _ in [] },
        redactor: @escaping (SessionDescription) throws(SinkFailure) -> Redactor? = { _ in nil },
        decoding: @escaping ContentDecoding = { _ in nil }
    ) {
        self.store = store
        self.system = system
        self.coverage = coverage
        self.sink = sink
        self.openSessions = openSessions
        self.decoding = decoding
        self.redactor = redactor
    }

    /// Recovers every journal of the store that has no owner, and reports on each journal found.
    ///
    /// Found by the pointers in the store, and by looking in every directory where journals of this user may
    /// lie. Stops between two steps once `mustStop` answers true; the rest is for the next process.
    public func recoverAll(
        also directories: [String] = [], mustStop: () -> Bool = { false }
    ) -> [RecoveryOutcome] {
        let pointers = JournalDirectory.pointers(ofStore: store)
        var outcomes: [RecoveryOutcome] = []
        var seen: Set<String> = []
        for name in sortedEntries(of: pointers) where !name.hasSuffix(JournalPointer.unfinishedSuffix) {
            if mustStop() { return outcomes }
            let pointer = JournalPointer(directory: pointers, session: name)
            outcomes.append(recover(pointer, session: SessionID(name), &seen, mustStop))
        }
        var owners = JournalOwners(system: system)
        for directory in JournalDirectory.known(store: store, system: system) + directories {
            guard (try? JournalDirectory.check(directory, system: system)) != nil else { continue }
            for name in sortedEntries(of: directory) where !seen.contains(directory + "/" + name) {
                if mustStop() { return outcomes }
                let path = directory + "/" + name
                // Nearly all of them are other stores': one look tells, without their lock.
                if let owner = JournalOwners.owner(of: path, system: system),
                    !owners.isSame(owner, pointers)
                {
                    continue
                }
                if let result = recover(at: path, of: SessionID(name), isStray: true, mustStop) {
                    outcomes.append(RecoveryOutcome(session: SessionID(name), path: path, result: result))
                }
            }
        }
        return outcomes
    }

    /// Whether the session's recorder runs: somebody holds the lock of its journal.
    public static func isOwned(_ session: SessionID, store: String, system: SystemCalls = SystemCalls())
        -> Bool
    {
        let pointer = JournalPointer(
            directory: JournalDirectory.pointers(ofStore: store), session: session.text)
        guard let path = try? pointer.read(system: system),
            let head = try? StoredFile(path + "/" + HeadLayout.fileName, system: system)
        else { return false }
        defer { head.close() }
        return system.lock(head.descriptor, LOCK_SH | LOCK_NB) == -Int(EWOULDBLOCK)
    }

    private func sortedEntries(of directory: String) -> [String] {
        var names: [String] = []
        _ = system.entries(directory, &names)
        return names.sorted()
    }

    private func recover(
        _ pointer: JournalPointer, session: SessionID, _ seen: inout Set<String>, _ mustStop: () -> Bool
    ) -> RecoveryOutcome {
        let path: String
        do throws(JournalFailure) {
            path = try pointer.read(system: system)
        } catch {
            return RecoveryOutcome(session: session, path: nil, result: .damaged(error.message))
        }
        seen.insert(path)
        var result = recover(at: path, of: session, isStray: false, mustStop)
        if result == nil { result = missing(session, pointer) }
        switch result {
        case .recovered, .removed, .lost: pointer.remove(system: system)
        case .owned, .unreachable, .newer, .damaged, .failed, nil: break
        }
        return RecoveryOutcome(session: session, path: path, result: result ?? .unreachable)
    }

    /// What it means that a pointer's journal is not there.
    private func missing(_ session: SessionID, _ pointer: JournalPointer) -> RecoveryOutcome.Result {
        do throws(SinkFailure) {
            // Killed between the removal of the journal and that of its pointer.
            if try coverage(session)?.checkpoint.isEmpty == true { return .removed }
            guard isOlderThanBoot(pointer) else { return .unreachable }
            for description in try openSessions(session) {
                guard let coverage = try coverage(description.id) else { continue }
                try RecoveryRun.end(
                    description, redactor: try usable(for: description), coverage: coverage,
                    sink: try sink(description))
            }
            return .lost
        } catch {
            return .failed(error.message)
        }
    }

    private func isOlderThanBoot(_ pointer: JournalPointer) -> Bool {
        var facts = stat()
        guard system.status(pointer.path, &facts) >= 0 else { return false }
        #if canImport(Glibc)
            let written = Int64(facts.st_mtim.tv_sec)
        #else
            let written = Int64(facts.st_mtimespec.tv_sec)
        #endif
        let booted = (system.realtime() &- system.boottime()) / 1_000_000_000
        return written < booted &- Self.bootTolerance
    }

    /// Seconds by which a corrected clock may make a pointer look older than the boot.
    private static let bootTolerance: Int64 = 60

    /// Nil when there is no journal at `path`, or, for a stray one, when it belongs to another store.
    private func recover(
        at path: String, of session: SessionID, isStray: Bool, _ mustStop: () -> Bool
    ) -> RecoveryOutcome.Result? {
        do throws(JournalFailure) {
            switch try StoredJournal.open(path, system: system) {
            case .missing:
                // Killed before the head was made, or after it was removed. Fails unless it is empty.
                return system.removeDirectory(path) >= 0 ? .removed : nil
            case .owned: return isStray ? nil : .owned
            case .newer(let version): return .newer(version: version)
            case .damaged(let what): return .damaged(what)
            case .unfinished(let head):
                defer { head.close() }
                return JournalRemoval.removeFiles(of: path, system: system)
                    ? .removed : .failed("cannot remove \(path)")
            case .journal(let journal):
                defer { journal.close() }
                guard journal.description.id == session else {
                    return .damaged("\(path) belongs to session \(journal.description.id.text)")
                }
                var owners = JournalOwners(system: system)
                if isStray && !owners.isSame(journal.pointers, JournalDirectory.pointers(ofStore: store)) {
                    return nil
                }
                return try recover(journal, mustStop)
            }
        } catch {
            return .failed(error.message)
        }
    }

    private func recover(
        _ journal: StoredJournal, _ mustStop: () -> Bool
    ) throws(JournalFailure) -> RecoveryOutcome.Result {
        do throws(SinkFailure) {
            var run = RecoveryRun(
                journal, redactor: try usable(for: journal.description),
                coverage: try coverage(journal.description.id), decoding: decoding,
                sink: try sink(journal.description),
                segments: try segments(of: journal))
            guard try run.replay(mustStop) else {
                return .failed("stopped half-way; the next process goes on")
            }
            system.reached("recovery.committed")
            guard JournalRemoval.removeFiles(of: journal.path, system: system) else {
                return .failed("everything is in the store, but \(journal.path) cannot be removed")
            }
            if run.wasComplete { return .removed }
            return .recovered(
                bytes: run.recovered, wasInterrupted: run.wasInterrupted, isDamaged: run.isDamaged)
        } catch {
            return .failed(error.message)
        }
    }

    private func usable(for description: SessionDescription) throws(SinkFailure) -> Redactor? {
        let redactor = try redactor(description)
        guard redactor != nil || description.redaction == nil else {
            throw SinkFailure(.failed, "there is no key to redact session \(description.id.text) with")
        }
        return redactor
    }

    private func segments(of journal: StoredJournal) throws(SinkFailure) -> StoredSegments {
        do throws(JournalFailure) {
            return try StoredSegments(in: journal.path, system: system)
        } catch {
            throw SinkFailure(.failed, error.message)
        }
    }
}
