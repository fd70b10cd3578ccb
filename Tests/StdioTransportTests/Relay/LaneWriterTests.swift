import Platform
import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct LaneWriterTests {
    private func makeFile(_ content: [UInt8] = []) throws -> Int32 {
        var template = Array("/tmp/mcptape-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var done = 0
        while done < content.count {
            done += content.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
        }
        return descriptor
    }

    private func content(of descriptor: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4_000_000)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    @Test func `a file as our output gets every byte, behind what it holds`() throws {
        let file = try makeFile(Array("before\n".utf8))
        let copy = dup(file)
        defer { close(copy) }
        let relay = try RunningRelay(["cat"], outputFile: file)
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }
        relay.input.write(large)
        relay.input.close()
        #expect(try relay.outcome().exit == .code(0))
        #expect(content(of: copy) == Array("before\n".utf8) + large)
    }

    @Test func `a file as our input is read from where it stands`() throws {
        let file = try makeFile(Array("skipped\nread\nno line feed".utf8))
        lseek(file, 8, SEEK_SET)
        let relay = try RunningRelay(["cat"], inputFile: file)
        #expect(relay.output.text() == "read\nno line feed")
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `a disk that is full ends the lane`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(full >= 0)
        let relay = try RunningRelay(
            ["sh", "-c", "while echo more; do :; done 2>/dev/null"], outputFile: full)
        #expect(try relay.outcome().reason == .clientClosed)
    }

    @Test func `the null device swallows everything`() throws {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let relay = try RunningRelay(["head", "-c", "3000000", "/dev/zero"], outputFile: null)
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `a chunk is written whole however little is taken at once`() throws {
        let pipe = makePipe()
        let reader = HostEnd(pipe.0)
        _ = fcntl(pipe.1, F_SETFL, O_NONBLOCK)
        let system = SystemCalls(write: { RealSystem.write($0, $1, min($2, 100)) })
        let writer = try LaneWriter(descriptor: pipe.1, system: system)
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        defer { copy.deallocate() }
        copy.initialize(from: bytes, count: bytes.count)
        writer.write(copy, bytes.count)
        #expect(reader.read(bytes.count) == bytes)
        let done = HostEnd(dup(writer.done))
        #expect(done.waits(for: Int32(POLLIN)))
        #expect(writer.takeResult() == 0)
        writer.end(waiting: true)
        close(pipe.1)
    }
}
