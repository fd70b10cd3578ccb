internal import CSystemCalls

/// A pipe that is readable once somebody rang: how a thread that polls descriptors is woken by another.
public final class WakePipe: Sendable {
    /// To be polled for reading.
    public let descriptor: Int32
    private let writing: Int32

    /// The system has no pipe left.
    public struct Failure: Error, Sendable {
        /// What the system said, for a person.
        public let reason: String
    }

    /// Throws when the system has no descriptor left. No other program that is started inherits it.
    public init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        let answer = csystem_pipe(&ends)
        guard answer == 0 else { throw Failure(reason: SystemError.text(Int(answer))) }
        (descriptor, writing) = (ends[0], ends[1])
        for end in ends { _ = csystem_never_wait(end) }
    }

    deinit {
        _ = RealSystem.close(descriptor)
        _ = RealSystem.close(writing)
    }

    /// Makes it readable; from any thread. Never waits.
    public func ring() {
        var byte: UInt8 = 1
        _ = RealSystem.write(writing, &byte, 1)
    }

    /// Takes back all that rang so far.
    public func silence() {
        var bytes: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &bytes) { buffer in
            guard let base = buffer.baseAddress else { return }
            while RealSystem.read(descriptor, base, buffer.count) == buffer.count {}
        }
    }
}
