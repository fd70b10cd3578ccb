import Platform

@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The real system, except that the N-th of the calls a journal makes fails with `error`.
///
/// `@unchecked Sendable`: the count is in a `Guarded`.
final class FailingSystem: @unchecked Sendable {
    private let count = Guarded(0)
    private let failing: Int
    private let error: Int

    init(failing: Int, error: Int32) {
        self.failing = failing
        self.error = Int(error)
    }

    /// Calls that were made so far.
    var calls: Int { count.with { $0 } }
    /// The N-th call was made.
    var hasFailed: Bool { calls >= failing }

    private func mustFail() -> Bool {
        count.with { count in
            count += 1
            return count == failing
        }
    }

    private func call(_ real: () -> Int) -> Int { mustFail() ? -error : real() }

    var table: SystemCalls {
        SystemCalls(
            open: { path, flags, mode in self.call { RealSystem.open(path, flags, mode) } },
            read: { descriptor, bytes, count in self.call { RealSystem.read(descriptor, bytes, count) } },
            write: { descriptor, bytes, count in self.call { RealSystem.write(descriptor, bytes, count) } },
            pread: { descriptor, bytes, count, at in
                self.call { RealSystem.pread(descriptor, bytes, count, at) }
            },
            pwrite: { descriptor, bytes, count, at in
                self.call { RealSystem.pwrite(descriptor, bytes, count, at) }
            },
            allocate: { descriptor, at, count in self.call { RealSystem.allocate(descriptor, at, count) } },
            map: { descriptor, count, error in
                if self.mustFail() {
                    error = Int32(self.error)
                    return nil
                }
                return RealSystem.map(descriptor, count, &error)
            },
            advise: { address, count, advice in self.call { RealSystem.advise(address, count, advice) } },
            syncMapping: { address, count in self.call { RealSystem.syncMapping(address, count) } },
            lock: { descriptor, operation in self.call { RealSystem.lock(descriptor, operation) } },
            rename: { from, to in self.call { RealSystem.rename(from, to) } },
            makeDirectory: { path, mode in self.call { RealSystem.makeDirectory(path, mode) } },
            status: { path, facts in self.call { RealSystem.status(path, &facts) } },
            fileStatus: { descriptor, facts in self.call { RealSystem.fileStatus(descriptor, &facts) } },
            entries: { path, names in self.call { RealSystem.entries(path, &names) } },
            fileSystem: { path, facts in self.call { RealSystem.fileSystem(path, &facts) } })
    }
}
