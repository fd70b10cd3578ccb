/// Counts line feeds, which on stdio are messages.
enum LineFeeds {
    static func count(in bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes where byte == UInt8(ascii: "\n") { count &+= 1 }
        return count
    }
}
