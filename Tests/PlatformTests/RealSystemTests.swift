import Platform
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct RealSystemTests {
    private let system = SystemCalls()

    @Test func `a failing call answers minus errno`() {
        #expect(system.open("/does/not/exist", O_RDONLY, 0) == -Int(ENOENT))
        #expect(system.close(-1) == -Int(EBADF))
        #expect(system.unlink("/does/not/exist") == -Int(ENOENT))
    }

    @Test func `files that it opens are closed on exec`() {
        let descriptor = system.open("/dev/null", O_RDWR, 0)
        #expect(descriptor >= 0)
        #expect(fcntl(Int32(descriptor), F_GETFD) & FD_CLOEXEC == FD_CLOEXEC)
        #expect(system.close(Int32(descriptor)) == 0)
    }

    @Test func `a mapping is the file`() throws {
        let path = "/tmp/mcptape-platform-\(getpid())-\(UInt32.random(in: 0...(.max)))"
        let descriptor = Int32(system.open(path, O_RDWR | O_CREAT | O_EXCL, 0o600))
        #expect(descriptor >= 0)
        defer {
            _ = system.close(descriptor)
            _ = system.unlink(path)
        }
        #expect(system.allocate(descriptor, 0, 8192) == 0)
        var facts = stat()
        #expect(system.fileStatus(descriptor, &facts) == 0)
        #expect(facts.st_size == 8192)

        var error: Int32 = 0
        let address = try #require(system.map(descriptor, 8192, &error))
        address.storeBytes(of: 0x2a, toByteOffset: 4097, as: UInt8.self)
        #expect(system.syncMapping(address, 8192) == 0)
        var byte: UInt8 = 0
        #expect(system.pread(descriptor, &byte, 1, 4097) == 1)
        #expect(byte == 0x2a)
        #expect(system.unmap(address, 8192) == 0)
    }

    @Test func `a directory lists its names without the two dots`() {
        var names: [String] = []
        #expect(system.entries("/proc/self/task", &names) == 0)
        #expect(!names.isEmpty && !names.contains(".") && !names.contains(".."))
        #expect(system.entries("/does/not/exist", &names) == -Int(ENOENT))
    }

    @Test func `time goes forward, and the wall clock is in this century`() {
        let first = system.boottime()
        #expect(system.boottime() >= first)
        #expect(system.realtime() > 1_700_000_000_000_000_000)
    }
}
