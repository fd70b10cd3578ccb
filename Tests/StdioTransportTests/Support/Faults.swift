import Platform

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Counts calls; only the relay's thread does.
final class CallCounter: @unchecked Sendable {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}

extension SystemCalls {
    /// What a call does instead of what it should.
    enum Fault: Sendable {
        /// The n-th call fails with the errno, once.
        case once(Int, Int32)
        /// Every other call does.
        case everyOther(Int32)

        func error(onCall number: Int) -> Int32? {
            switch self {
            case .once(let wanted, let error): number == wanted ? error : nil
            case .everyOther(let error): number % 2 == 1 ? error : nil
            }
        }
    }

    /// Reads fail; of one descriptor kind only where it is given.
    static func failingReads(_ fault: Fault, kind only: DescriptorKind? = nil) -> SystemCalls {
        let calls = CallCounter()
        return SystemCalls(readNow: { descriptor, kind, bytes, count in
            if only == nil || only?.rawValue == kind, let error = fault.error(onCall: calls.next()) {
                return -Int(error)
            }
            return RealSystem.readNow(descriptor, kind, bytes, count)
        })
    }

    /// Writes fail, and take `most` bytes at most.
    static func failingWrites(
        _ fault: Fault? = nil, kind only: DescriptorKind? = nil, most: Int = .max
    ) -> SystemCalls {
        let calls = CallCounter()
        return SystemCalls(writeNow: { descriptor, kind, bytes, count, afterPoll in
            if only == nil || only?.rawValue == kind, let error = fault?.error(onCall: calls.next()) {
                return -Int(error)
            }
            return RealSystem.writeNow(descriptor, kind, bytes, min(count, most), afterPoll)
        })
    }

    /// A kernel that cannot read or write a shared pipe without waiting (Linux before 6.4).
    static func olderKernel() -> SystemCalls {
        SystemCalls(
            readNow: { RealSystem.readNow($0, DescriptorKind.own.rawValue, $2, $3) },
            writeNow: { descriptor, kind, bytes, count, afterPoll in
                guard kind == DescriptorKind.pipe.rawValue else {
                    return RealSystem.writeNow(descriptor, kind, bytes, count, afterPoll)
                }
                return afterPoll ? RealSystem.write(descriptor, bytes, min(count, 4096)) : -Int(EAGAIN)
            })
    }

    static func failingPoll(_ fault: Fault) -> SystemCalls {
        let calls = CallCounter()
        return SystemCalls(poll: { list, count, limit in
            if let error = fault.error(onCall: calls.next()) { return -Int(error) }
            return RealSystem.poll(list, count, limit)
        })
    }
}
