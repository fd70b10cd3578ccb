internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Bytes that wait until a descriptor takes them.
struct PendingOutput {
    private var bytes: [UInt8] = []
    private var sent = 0

    var isEmpty: Bool { sent == bytes.count }
    var count: Int { bytes.count - sent }

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Writes what fits now. False when nobody reads there any more.
    mutating func write(
        to descriptor: Int32, _ kind: DescriptorKind, _ afterPoll: Bool, _ system: SystemCalls
    ) -> Bool {
        var hasRoom = afterPoll
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                if kind.mustWriteBlocking { return system.write(descriptor, base + sent, bytes.count - sent) }
                return system.writeNow(descriptor, kind.rawValue, base + sent, bytes.count - sent, hasRoom)
            }
            if count == -Int(EINTR) { continue }
            // Where the system cannot write without waiting, poll vouches for one write only.
            hasRoom = false
            if count == -Int(EAGAIN) { break }
            if count < 0 { return false }
            sent += count
        }
        if isEmpty { (bytes, sent) = ([], 0) }
        return true
    }
}
