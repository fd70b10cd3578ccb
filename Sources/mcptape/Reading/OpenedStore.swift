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
        Recovery.takeIn(store: location.path, system: system, announcing: true)
        do throws(StoreFailure) {
            return OpenedStore(
                store: try Store.open(location.path, access: .read, system: system), location: location)
        } catch {
            throw Failure.explaining(error)
        }
    }

    /// For commands that change it.
    static func forWriting(_ global: GlobalOptions, system: SystemCalls) throws -> OpenedStore {
        let location = try global.location()
        Recovery.takeIn(store: location.path, system: system, announcing: true)
        do throws(StoreFailure) {
            return OpenedStore(
                store: try Store.open(location.path, access: .write, system: system), location: location)
        } catch {
            throw Failure.explaining(error)
        }
    }

    /// The sessions that a reference names, oldest first.
    func resolve(
        _ reference: RecordingReference, _ word: String
    ) throws -> (sessions: [SessionSummary], rule: RecordingReference.Rule) {
        let sessions = try store.sessions()
        switch reference.resolve(among: sessions) {
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

    /// One session of the store; a file is refused.
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
            Failure.noInput, "there is no store at \(location.path) (\(location.origin.rawValue))",
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
