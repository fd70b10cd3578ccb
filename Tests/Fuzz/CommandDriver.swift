import Recording

/// Naming and masking a command never trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCommand(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let argv = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let name = ServerName.derived(from: argv)
    require(!name.isEmpty && name.utf8.count <= ServerName.lengthLimit, "a name outside its limits")
    let once = CommandMask.mask(argv)
    require(once.argv.count == argv.count, "words were lost")
    require(once.masked.allSatisfy { once.argv[$0] != argv[$0] }, "a position without a change")
    _ = CommandMask.mask(once.argv)
    _ = try? RecordingReference(parsing: text)
    return 0
}
