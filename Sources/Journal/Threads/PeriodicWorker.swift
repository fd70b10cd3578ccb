internal import CSystemCalls
public import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A thread that does something over and over, off the way of the traffic.
///
/// Between two turns it waits; when it is told to end it takes one more turn, which may last as long as the
/// caller says.
public final class PeriodicWorker: Sendable {
    private let state: Guarded<State>
    private let thread: WorkerThread
    /// Written to when it is to end.
    private let bell: Bell

    private struct State: Sendable {
        /// CLOCK_BOOTTIME, nanoseconds; set once it is to end.
        var deadline: Int64?
    }

    /// Starts it. The first turn begins at once.
    ///
    /// - Parameters:
    ///   - interval: milliseconds between two turns.
    ///   - start: makes, on the thread, what takes a turn; that can ask whether to stop in the middle
    ///     of it, since there is no time left.
    public init(
        _ name: StaticString, every interval: Int32, system: SystemCalls,
        _ start: @escaping @Sendable () -> ((_ isOver: @escaping @Sendable () -> Bool) -> Void)
    ) throws(JournalFailure) {
        let state = Guarded(State())
        let bell = try Bell()
        self.state = state
        self.bell = bell
        thread = try WorkerThread(name) {
            let turn = start()
            let isOver: @Sendable () -> Bool = {
                state.with { $0.deadline }.map { system.boottime() >= $0 } ?? false
            }
            while true {
                let isLast = state.with { $0.deadline != nil }
                turn(isOver)
                if isLast { return }
                bell.wait(milliseconds: interval, system)
            }
        }
    }

    /// Waits for the last turn, which is told to stop after `limit` milliseconds.
    public func end(within limit: Int64, system: SystemCalls) {
        beginEnd(within: limit, system: system)
        join()
    }

    /// The first half of `end`, where several end side by side: `join` is the second.
    public func beginEnd(within limit: Int64, system: SystemCalls) {
        state.with { $0.deadline = system.boottime() + limit * 1_000_000 }
        bell.ring()
    }

    /// Waits for the last turn, which `beginEnd` asked for.
    public func join() { thread.join() }

    /// A pipe that is readable once somebody rang.
    private final class Bell: Sendable {
        private let reading: Int32
        private let writing: Int32

        init() throws(JournalFailure) {
            var ends: [Int32] = [-1, -1]
            let answer = csystem_pipe(&ends)
            guard answer == 0 else {
                throw JournalFailure("make a pipe for", "a thread", answer: Int(answer))
            }
            (reading, writing) = (ends[0], ends[1])
        }

        deinit {
            close(reading)
            close(writing)
        }

        func ring() {
            var byte: UInt8 = 1
            _ = write(writing, &byte, 1)
        }

        func wait(milliseconds: Int32, _ system: SystemCalls) {
            var waited = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            _ = system.poll(&waited, 1, milliseconds)
        }
    }
}
