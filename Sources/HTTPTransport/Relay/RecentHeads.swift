internal import NIOCore
internal import Recording

/// The newest heads of connections, with what was found out about them.
///
/// A client that goes on with its connection sends the same head again and again, and so does its server:
/// whoever recognises its bytes need not read, judge and mask it anew. Used on the relay's loop alone.
struct RecentHeads<Plan: HeadPlan> {
    /// Connections whose newest head is remembered: those with the same number modulo this take turns.
    private static var connections: UInt64 { 256 }
    /// Bytes of a head that is remembered: ordinary ones have some hundred.
    private static var headLimit: Int { 1 << 10 }

    private var plans: [(connection: UInt64, plan: Plan)?] = []

    /// What was made of the newest head of `connection`, whatever comes now.
    func newest(of connection: UInt64) -> Plan? {
        guard !plans.isEmpty, let known = plans[Int(connection % Self.connections)],
            known.connection == connection
        else { return nil }
        return known.plan
    }

    /// Takes a head out of `buffer` that is the newest one of `connection` once more; nil when it is another
    /// one, or has not come as a whole.
    func takeRepeated(of connection: UInt64, from buffer: inout ByteBuffer) -> Plan? {
        guard let plan = newest(of: connection), buffer.starts(withHead: plan.head.bytes) else { return nil }
        buffer.moveReaderIndex(forwardBy: plan.head.bytes.count + 2)
        return plan
    }

    mutating func remember(_ plan: Plan, of connection: UInt64) {
        guard plan.head.bytes.count <= Self.headLimit else { return }
        if plans.isEmpty { plans = Array(repeating: nil, count: Int(Self.connections)) }
        plans[Int(connection % Self.connections)] = (connection, plan)
    }

    /// What was found out holds no longer.
    mutating func removeAll() { plans = [] }
}

/// What was found out about a head.
protocol HeadPlan {
    var head: MessageHead { get }
    /// Its fields as they are recorded, in order; empty when nothing is recorded.
    var fields: [HTTPField] { get }
}

extension ByteBuffer {
    /// Whether `head` and the empty line behind it are at the front.
    func starts(withHead head: [UInt8]) -> Bool {
        guard readableBytes >= head.count + 2 else { return false }
        return withUnsafeReadableBytes { bytes in
            bytes[head.count] == HTTPText.carriageReturn && bytes[head.count + 1] == HTTPText.lineFeed
                && head.withUnsafeBytes {
                    HTTPText.isSame($0, UnsafeRawBufferPointer(rebasing: bytes[..<head.count]))
                }
        }
    }
}
