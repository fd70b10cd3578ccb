internal import CSystemCalls
internal import Journal
internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A thread that writes one lane's chunks to a terminal or a file, where poll cannot tell whether writing
/// waits.
///
/// Chunks and results travel through two pipes, which the relay's loop can poll, so there is no lock. One
/// chunk is under way at most.
final class LaneWriter {
    /// Becomes readable when a chunk is written.
    let done: Int32
    private let chunks: Int32
    private let thread: WorkerThread

    private struct Chunk {
        var bytes: UInt
        var count: Int
    }

    init(descriptor: Int32, system: SystemCalls) throws(LaneWriterFailure) {
        var toThread: [Int32] = [-1, -1]
        var fromThread: [Int32] = [-1, -1]
        guard csystem_pipe(&toThread) == 0 else { throw LaneWriterFailure() }
        guard csystem_pipe(&fromThread) == 0 else {
            for end in toThread { close(end) }
            throw LaneWriterFailure()
        }
        chunks = toThread[1]
        done = fromThread[0]
        let body = Body(from: toThread[0], to: fromThread[1], descriptor: descriptor, system: system)
        do throws(JournalFailure) {
            thread = try WorkerThread("lane-writer", stackSize: 128 << 10) { body.run() }
        } catch {
            for end in toThread + fromThread { close(end) }
            throw LaneWriterFailure()
        }
    }

    /// Writes `count` bytes, which stay as they are until `takeResult` answers.
    func write(_ bytes: UnsafeRawPointer, _ count: Int) {
        var chunk = Chunk(bytes: UInt(bitPattern: bytes), count: count)
        let size = MemoryLayout<Chunk>.size
        // An empty pipe takes it whole, and at once.
        while Glibc.write(chunks, &chunk, size) != size, errno == EINTR {}
    }

    /// Zero when the chunk is written, or the errno that it failed with; nil when it is still under way.
    func takeResult() -> Int32? {
        var result: Int32 = 0
        guard read(done, &result, MemoryLayout<Int32>.size) == MemoryLayout<Int32>.size else { return nil }
        return result
    }

    /// Ends the thread, once it has written what it was given.
    func end(waiting: Bool) {
        close(chunks)
        guard waiting else { return }
        thread.join()
        close(done)
    }

    /// What runs on the thread.
    private final class Body: Sendable {
        let chunks: Int32
        let results: Int32
        let descriptor: Int32
        let system: SystemCalls

        init(from chunks: Int32, to results: Int32, descriptor: Int32, system: SystemCalls) {
            self.chunks = chunks
            self.results = results
            self.descriptor = descriptor
            self.system = system
        }

        func run() {
            var chunk = Chunk(bytes: 0, count: 0)
            while true {
                let count = read(chunks, &chunk, MemoryLayout<Chunk>.size)
                if count < 0, errno == EINTR { continue }
                guard count == MemoryLayout<Chunk>.size else { break }
                var result = writeAll(chunk)
                _ = Glibc.write(results, &result, MemoryLayout<Int32>.size)
            }
            close(chunks)
            close(results)
        }

        private func writeAll(_ chunk: Chunk) -> Int32 {
            guard var bytes = UnsafeRawPointer(bitPattern: chunk.bytes) else { return 0 }
            var left = chunk.count
            while left > 0 {
                let count = system.write(descriptor, bytes, left)
                if count >= 0 {
                    bytes += count
                    left -= count
                } else if count == -Int(EAGAIN) {
                    // Somebody set O_NONBLOCK on what we share.
                    var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = system.poll(&polled, 1, -1)
                } else if count != -Int(EINTR) {
                    return Int32(-count)
                }
            }
            return 0
        }
    }
}

/// There is no thread or no pipe left.
struct LaneWriterFailure: Error {}
