import Glibc
import Platform
import Recording
import Store

/// The store, opened for a command.
struct OpenedStore {
    let store: Store
    let location: StoreLocation

    /// For reading: what killed recorders left is taken in first, and a store that is not there is said so.
    static func forReading(_ global: GlobalOptions, system: SystemCalls) throws -> OpenedStore {
        let location = try global.location()
        guard exists(location.path, system) else { throw missing(location, system) }
        Recovery.takeIn(
            store: location.path, retention: location.retention, system: system, announcing: true)
        do throws(StoreFailure) {
            return OpenedStore(store: try openWaiting(location.path, system), location: location)
        } catch {
            throw Failure.explaining(error)
        }
    }

    /// A recorder's first commit makes the store, a moment after its journal; who reads in between waits for
    /// it.
    private static func openWaiting(_ path: String, _ system: SystemCalls) throws(StoreFailure) -> Store {
        var failure: StoreFailure?
        for _ in 0..<attempts {
            do throws(StoreFailure) {
                return try Store.open(path, access: .read, system: system)
            } catch {
                guard error.kind == .missing, hasJournal(path) else { throw error }
                failure = error
            }
            usleep(interval)
        }
        throw failure ?? StoreFailure(.missing, "\(path): there is no store here")
    }

    /// A commit is made 200 ms after the first byte; a busy machine takes longer.
    private static let attempts = 50
    private static let interval: UInt32 = 20_000

    /// Whether a recorder has a journal for the store.
    private static func hasJournal(_ path: String) -> Bool {
        guard let directory = opendir(path + "/journals") else { return false }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { return true }
        }
        return false
    }

    /// For commands that change it.
    static func forWriting(_ global: GlobalOptions, system: SystemCalls) throws -> OpenedStore {
        let location = try global.location()
        Recovery.takeIn(
            store: location.path, retention: location.retention, system: system, announcing: true)
        do throws(StoreFailure) {
            let store = try Store.open(location.path, access: .write, system: system)
            store.retention = location.retention
            return OpenedStore(store: store, location: location)
        } catch {
            throw Failure.explaining(error)
        }
    }

    /// The sessions that a reference names, oldest first.
    func resolve(
        _ reference: RecordingReference, _ word: String
    ) throws -> (sessions: [SessionSummary], rule: RecordingReference.Rule) {
        var sessions = try store.sessions()
        // The first session of a store that a recorder has begun a moment ago.
        for _ in 0..<OpenedStore.attempts where sessions.isEmpty && OpenedStore.hasJournal(location.path) {
            usleep(OpenedStore.interval)
            sessions = try store.sessions()
        }
        switch try reference.resolve(among: sessions, busy: { try store.busyStretches(of: $0) }) {
        case .found(let found, let rule): return (found, rule)
        case .ambiguous(let candidates):
            let list = candidates.prefix(8).map { candidate in
                "\(candidate.description.id.text) (\(candidate.description.name), "
                    + CivilTime(nanosecondsSince1970: candidate.description.startRealtime).text() + ")"
            }
            throw Failure(
                Failure.noInput, "'\(word)' could be \(list.joined(separator: ", "))",
                hint: "type more of the id")
        case .missing(let hint):
            throw Failure(
                Failure.noInput, "no recording '\(word)' in the store \(location.path)",
                hint: OpenedStore.elsewhere(location) ?? hint)
        }
    }

    /// One session of the store; a file is refused, and so is a word that names one of its exchanges.
    func session(_ word: String) throws -> SessionSummary {
        let reference: RecordingReference
        do throws(RecordingReference.Failure) {
            reference = try RecordingReference(parsing: word)
        } catch {
            throw Failure(Failure.usage, error.message)
        }
        if case .file(let path) = reference.target {
            throw Failure(Failure.usage, "\(path) is a file; this command is for sessions of the store")
        }
        if let exchange = reference.exchange {
            throw Failure(
                Failure.usage, "#\(exchange) is one exchange; this command is for whole sessions",
                hint: "leave it out")
        }
        let (sessions, _) = try resolve(reference, word)
        guard sessions.count == 1, let session = sessions.first else {
            throw Failure(Failure.usage, "'\(word)' is \(sessions.count) sessions; name one")
        }
        return session
    }

    private static func exists(_ path: String, _ system: SystemCalls) -> Bool {
        var facts = stat()
        return system.status(path, &facts) >= 0
    }

    private static func missing(_ location: StoreLocation, _ system: SystemCalls) -> Failure {
        Failure(
            Failure.noInput, "there is no store at \(location.path) (\(location.origin))",
            hint: elsewhere(location) ?? "record something first: mcptape record -- COMMAND")
    }

    /// Another store at the default place, when this one was chosen otherwise. A server that a host started
    /// does not see XDG_STATE_HOME, so the place without it counts too.
    private static func elsewhere(_ location: StoreLocation) -> String? {
        let places = [try? StoreLocation.standardPath(), try? StoreLocation.homePath()]
        for case let place? in places where place != location.path && exists(place, SystemCalls()) {
            return "there is another store: --store \(place)"
        }
        return nil
    }
}
