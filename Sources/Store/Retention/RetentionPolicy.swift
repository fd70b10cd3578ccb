/// What is kept: product.md, Data.
public struct RetentionPolicy: Sendable, Equatable {
    /// Seconds after which a recording goes; nil: never.
    public var age: Int64?
    /// Bytes that the index may take; nil: no limit.
    public var size: Int64?
    /// Bytes that stay free on the file system, or a twentieth of it where that is less; nil: no floor.
    public var free: Int64?

    public init(age: Int64?, size: Int64?, free: Int64?) {
        self.age = age
        self.size = size
        self.free = free
    }

    /// 30 days, 5 GiB, and 1 GiB (or 5 %) free.
    public static let standard = RetentionPolicy(age: 30 * 86_400, size: 5 << 30, free: 1 << 30)
}
