/// The chapter that a session's writer adds to.
struct OpenChapter {
    var number: Int64 = 1
    var first: Int64 = 0
    var last: Int64 = 0
    var touched: Int64 = 0
    var stored = 0
    var size = 0
    var hasChanged = false
}

/// Bytes before and after compression, of what is not compressed again.
struct SealedBytes {
    var raw = 0
    var stored = 0
}
