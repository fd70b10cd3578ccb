import Testing

@testable import Platform

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct WakePipeTests {
    private func isReadable(_ pipe: WakePipe) -> Bool {
        var polled = pollfd(fd: pipe.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 0) == 1 && polled.revents & Int16(POLLIN) != 0
    }

    @Test(arguments: [1, 2, 16, 17, 40])
    func `it is readable from the first ring to the silence`(count: Int) throws {
        let pipe = try WakePipe()
        #expect(!isReadable(pipe))
        for _ in 0..<count { pipe.ring() }
        #expect(isReadable(pipe))
        pipe.silence()
        #expect(!isReadable(pipe))
        pipe.ring()
        #expect(isReadable(pipe))
    }

    @Test func `who rings a full pipe does not wait`() throws {
        let pipe = try WakePipe()
        for _ in 0..<100_000 { pipe.ring() }
        #expect(isReadable(pipe))
        pipe.silence()
        #expect(!isReadable(pipe))
    }
}
