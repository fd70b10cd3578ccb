import Glibc
import Platform
import Viewer
import Wire

/// `serve.json` in a store: which process serves it, where, and with which token. The same in the directory
/// that a server of a file has for itself.
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
        /// The program's version; nil: of one that did not say it yet.
        var version: String?
        /// When that program was installed, seconds since 1970; nil: not said.
        var installed: Int64?
        /// `open` started it, and nobody sits before it.
        var isBackground = false
        /// The file that it shows, absolute; nil: the store.
        var file: String?

        /// Of this process.
        static func ours(_ site: SiteListener, isBackground: Bool, file: String? = nil) -> Entry {
            Entry(
                processID: getpid(), url: site.url, token: site.token, version: ServePost.version.text,
                installed: ServePost.version.installed, isBackground: isBackground, file: file)
        }

        /// Whether it has the page and the API that this program has.
        var isOurVersion: Bool { version == ServePost.version.text }

        /// Whether this program's page and API are newer. What is newer than this program serves it too:
        /// two that end each other's server would do so for ever.
        var isOlder: Bool {
            guard let version else { return true }
            return ServerVersion(version, installed: installed).isOlder(than: ServePost.version)
        }

        /// That it is another one, in words.
        var difference: String {
            "it is mcptape \(version ?? "of an earlier version"), not \(ServePost.version.text)"
        }

        /// The same with the token where no server ever sees it and no log keeps it.
        var urlWithToken: String { "\(url)#token=\(token)" }
    }

    /// Who serves.
    enum Claim {
        /// We do, once we say where.
        case ours(ServePost)
        case others(Entry)
    }

    /// What this program says of itself: with the commit, where whoever built it said that.
    static let version = ServerVersion(
        Mcptape.version + (BuildRevision.text.isEmpty ? "" : "+" + BuildRevision.text),
        installed: installed())

    /// Of the file that runs, also when another one has taken its name meanwhile.
    private static func installed() -> Int64? {
        var facts = stat()
        return stat("/proc/self/exe", &facts) == 0 ? Int64(facts.st_mtim.tv_sec) : nil
    }

    static let fileName = "serve.json"

    private static func path(in place: String) -> String { "\(place)/\(fileName)" }

    /// Takes the post, or says who holds it.
    ///
    /// Who holds it and has not said where yet is waited for; so is the end of `leaving`.
    static func claim(in place: String, after leaving: Entry? = nil, system: SystemCalls) throws -> Claim {
        let path = path(in: place)
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
            if let entry = read(descriptor), entry != leaving {
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

    /// Who holds the post in a directory, and has said where it is; nil: nobody.
    static func holder(in place: String, system: SystemCalls) -> Entry? {
        let opened = system.open(path(in: place), O_RDONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return nil }
        defer { _ = system.close(Int32(opened)) }
        guard system.lock(Int32(opened), LOCK_SH | LOCK_NB) == -Int(EWOULDBLOCK) else { return nil }
        return read(Int32(opened))
    }

    /// Asks the holder to end. False: the number in the post is not known to be that process here, as in a
    /// container, or it may not be ended.
    static func dismiss(_ entry: Entry, in place: String) -> Bool {
        isProcess(of: entry, in: place) && kill(entry.processID, SIGTERM) == 0
    }

    /// Whether the number in the post is that of its holder here too, so that its address is one of here.
    static func isProcess(of entry: Entry, in place: String) -> Bool {
        var post = stat()
        guard stat(path(in: place), &post) == 0 else { return false }
        let descriptors = "/proc/\(entry.processID)/fd"
        return ScratchStore.names(in: descriptors).contains { name in
            var facts = stat()
            return stat("\(descriptors)/\(name)", &facts) == 0 && facts.st_dev == post.st_dev
                && facts.st_ino == post.st_ino
        }
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
            $0.member("version", ifPresent: entry.version)
            $0.member("installed", ifPresent: entry.installed)
            if entry.isBackground { $0.member("background", true) }
            $0.member("file", ifPresent: entry.file)
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
    private static func read(_ descriptor: Int32) -> Entry? {
        // A path has at most PATH_MAX, 4096 bytes, and each of them at most six in JSON.
        var bytes = [UInt8](repeating: 0, count: 32 << 10)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0, let root = JSONTree(bytes[..<count])?.root, let id = root["pid"]?.intValue,
            let url = root["url"]?.stringValue, let token = root["token"]?.stringValue
        else { return nil }
        return Entry(
            processID: Int32(truncatingIfNeeded: id), url: url, token: token,
            version: root["version"]?.stringValue, installed: root["installed"]?.intValue.map { Int64($0) },
            isBackground: root["background"]?.boolValue ?? false,
            file: root["file"]?.stringValue)
    }
}
