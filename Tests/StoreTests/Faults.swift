import Glibc
import Platform

/// A system whose N-th call fails, once.
final class Faults: @unchecked Sendable {
    private let target: Int
    private let error: Int32
    private(set) var count = 0

    init(failing target: Int, with error: Int32) {
        self.target = target
        self.error = error
    }

    var hasFired: Bool { count >= target }

    /// Nil when the call may go on. Closing always works: what is leaked by a test is the test's fault.
    private func fault() -> Int? {
        count += 1
        return count == target ? -Int(error) : nil
    }

    var system: SystemCalls {
        SystemCalls(
            open: { [self] in fault() ?? RealSystem.open($0, $1, $2) },
            read: { [self] in fault() ?? RealSystem.read($0, $1, $2) },
            write: { [self] in fault() ?? RealSystem.write($0, $1, $2) },
            syncFile: { [self] in fault() ?? RealSystem.syncFile($0) },
            lock: { [self] in $1 == LOCK_UN ? RealSystem.lock($0, $1) : fault() ?? RealSystem.lock($0, $1) },
            rename: { [self] in fault() ?? RealSystem.rename($0, $1) },
            makeDirectory: { [self] in fault() ?? RealSystem.makeDirectory($0, $1) },
            status: { [self] in fault() ?? RealSystem.status($0, &$1) },
            changeMode: { [self] in fault() ?? RealSystem.changeMode($0, $1) })
    }
}
