import Recording

/// Filter words never trap, and an error points into the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFilter(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(FilterError) {
        _ = try Filter(parsing: text).freeText
    } catch {
        require(error.column >= 1 && error.column <= text.count + 1, "an error outside the text")
        _ = error.line
    }
    return 0
}
