import Glibc
import Platform
import Wire

/// `<store>/serve.json`: which process serves a store, where, and with which token.
///
/// It is locked by that process for as long as it lives, so what a dead one left is known by the lock that
/// nobody holds, and never by a process number.
struct ServePost {
    private let descriptor: Int32
    private let system: SystemCalls

    /// What stands in it.
    struct Entry: Equatable {
        var processID: Int32
        /// Where a browser goes, without the token.
        var url: String
        var token: String

        /// The same with the token where no server ever sees it and no log keeps it.
        var urlWithToken: String { "\(url)#token=\(token)" }
    }

    /// Who serves.
    enum Claim {
        /// We do, once we say where.
        case ours(ServePost)
        case others(Entry)
    }

    /// Takes the post, or says who holds it.
    ///
    /// Who holds it and has not said where yet is waited for.
    static func claim(store: String, system: SystemCalls) throws -> Claim {
        let path = store + "/serve.json"
        let opened = system.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw failure("open", path, opened) }
        let descriptor = Int32(opened)
        for _ in 0..<attempts {
            let status = system.lock(descriptor, LOCK_EX | LOCK_NB)
            if status >= 0 {
                _ = ftruncate(descriptor, 0)
                _ = fchmod(descriptor, 0o600)
                return .ours(ServePost(descriptor: descriptor, system: system))
            }
            guard status == -Int(EWOULDBLOCK) || status == -Int(EINTR) else {
                _ = system.close(descriptor)
                throw failure("lock", path, status)
            }
            if let entry = read(descriptor, system) {
                _ = system.close(descriptor)
                return .others(entry)
            }
            usleep(interval)
        }
        _ = system.close(descriptor)
        throw Failure(
            Failure.io, "\(path): another process is about to serve this store, and does not say where",
            hint: "end it, or try again")
    }

    /// A server listens within milliseconds after it took the post, once journals are recovered.
    private static let attempts = 600
    private static let interval: UInt32 = 50_000

    private static func failure(_ verb: String, _ path: String, _ result: Int) -> Failure {
        let error = Int32(truncatingIfNeeded: -result)
        let isRefused = error == EACCES || error == EPERM || error == EROFS
        return Failure(
            isRefused ? Failure.refused : Failure.io,
            "cannot \(verb) \(path): \(String(cString: strerror(error)))")
    }

    /// Says where, for whoever comes next.
    func publish(_ entry: Entry) throws {
        var json = JSONWriter()
        json.object {
            $0.member("pid", Int(entry.processID))
            $0.member("url", entry.url)
            $0.member("token", entry.token)
        }
        let text = json.bytes + [0x0A]
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw Failure(
                Failure.io, "cannot say in the store where it is served: \(String(cString: strerror(errno)))")
        }
    }

    /// Gives the post up.
    func leave() {
        _ = ftruncate(descriptor, 0)
        _ = system.close(descriptor)
    }

    /// Nil while its holder has not written all of it.
    private static func read(_ descriptor: Int32, _ system: SystemCalls) -> Entry? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0, let root = JSONTree(bytes[..<count])?.root, let id = root["pid"]?.intValue,
            let url = root["url"]?.stringValue, let token = root["token"]?.stringValue
        else { return nil }
        return Entry(processID: Int32(truncatingIfNeeded: id), url: url, token: token)
    }
}
