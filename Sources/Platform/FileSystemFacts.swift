/// What the system says of the file system that holds a path.
public struct FileSystemFacts: Sendable, Hashable {
    /// The magic number of its type (Linux `f_type`); 0 where the system has none.
    public var type: Int64
    public var total: UInt64
    /// Bytes that an ordinary user may still take.
    public var available: UInt64

    public init(type: Int64 = 0, total: UInt64 = 0, available: UInt64 = 0) {
        self.type = type
        self.total = total
        self.available = available
    }

    /// tmpfs or ramfs: its content never reaches a disk except as swap.
    public var isMemoryBacked: Bool { type == 0x0102_1994 || type == 0x8584_58f6 }
}
