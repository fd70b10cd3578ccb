internal import CSystemCalls

/// A thread of the operating system: the one place of the program that makes any.
///
/// All signals are blocked on it, so they reach the thread that polls for them.
/// `@unchecked Sendable`: `thread` is only touched by `join`, whose owner is one.
public final class WorkerThread: @unchecked Sendable {
    private var thread: csystem_thread?

    /// Starts `body` on a thread of its own.
    ///
    /// The stack is 512 KiB by default, of which only what is touched is taken. Throws when the system has no
    /// thread left.
    public init(
        _ name: StaticString, stackSize: Int = 512 << 10, _ body: @escaping @Sendable () -> Void
    ) throws(JournalFailure) {
        let context = Unmanaged.passRetained(Body(body))
        var thread: csystem_thread = 0
        let answer = name.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) { text in
                csystem_thread_start(
                    &thread, stackSize, text.baseAddress,
                    { context in
                        guard let context else { return }
                        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    }, context.toOpaque())
            }
        }
        guard answer == 0 else {
            context.release()
            throw JournalFailure("start the thread", "\(name)", answer: Int(answer))
        }
        self.thread = thread
    }

    /// Waits until the thread has ended.
    public func join() {
        guard let thread else { return }
        csystem_thread_join(thread)
        self.thread = nil
    }

    deinit {
        if let thread { csystem_thread_detach(thread) }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
