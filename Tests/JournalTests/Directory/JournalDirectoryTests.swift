import Platform
import Testing

@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct JournalDirectoryTests {
    private let store = TemporaryStore()
    private let system = SystemCalls()

    private func refusal(_ path: String, system: SystemCalls = SystemCalls()) -> String? {
        let usable = JournalDirectory.usable(.path(path), store: store.path, system: system)
        #expect(usable.directories.isEmpty == !usable.refusals.isEmpty)
        return usable.refusals.first?.reason.message
    }

    @Test func `a missing directory is made for us alone, with what is above it`() {
        #expect(refusal(store.path + "/a/b/c") == nil)
        var facts = stat()
        #expect(system.status(store.path + "/a/b/c", &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o700)
    }

    @Test func `a directory that is open to others, a link or a file is refused with a reason`() {
        mkdir(store.path + "/open", 0o700)
        chmod(store.path + "/open", 0o750)
        #expect(refusal(store.path + "/open")?.contains("chmod 700") == true)
        symlink("open", store.path + "/link")
        #expect(refusal(store.path + "/link")?.contains("is a link") == true)
        _ = system.close(Int32(system.open(store.path + "/file", O_CREAT | O_WRONLY, 0o600)))
        #expect(refusal(store.path + "/file")?.contains("is no directory") == true)
    }

    @Test func `a directory of another user is refused`() {
        let other = SystemCalls(userID: { 12345 })
        #expect(refusal(store.path + "/mine", system: other)?.contains("belongs to user") == true)
    }

    @Test func `the places are tried in order: memory by user id, then the store`() {
        let known = JournalDirectory.known(store: "/s", system: SystemCalls(userID: { 42 }))
        #expect(known == ["/run/user/42/mcptape", "/dev/shm/mcptape-42", "/s/journal"])
    }

    @Test func `a place that must be in memory and is not is passed over, and said`() {
        let onDisk = SystemCalls(
            makeDirectory: { path, mode in
                path.hasPrefix("/dev/shm") ? -17 : RealSystem.makeDirectory(path, mode)
            },
            status: { path, facts in
                let answer = RealSystem.status(path.hasPrefix("/dev/shm/mcptape") ? "/tmp" : path, &facts)
                if path.contains("/mcptape") { facts.st_mode = S_IFDIR | 0o700 }
                facts.st_uid = geteuid()
                return path.hasPrefix("/run/user") ? -2 : answer
            },
            fileSystem: { _, facts in
                facts = FileSystemFacts(type: 0xEF53, total: 1 << 40, available: 1 << 40)
                return 0
            })
        let usable = JournalDirectory.usable(.automatic, store: store.path, system: onDisk)
        #expect(usable.directories == [JournalDirectory(path: store.journal, isMemoryBacked: false)])
        #expect(usable.refusals.map(\.path) == ["/dev/shm/mcptape-\(geteuid())"])
    }
}
