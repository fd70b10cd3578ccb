import MCPSemantics
import Recording
import Wire

/// Saved states and stored texts are input too: a store may be damaged.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzState(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var reader = StateReader(bytes)
    if var scanner = try? EnvelopeScanner(from: &reader, watching: MessageReader.watchedPaths) {
        scanner.push(bytes[...])
        _ = scanner.finish()
        _ = scanner.captures
    }
    var second = StateReader(bytes)
    _ = try? ExchangeTracker(from: &second)
    if let description = SessionDescription(json: bytes) {
        let again = SessionDescription(json: description.encodedJSON())
        precondition(again == description, "a description came back changed")
    }
    if let state = SessionState(json: bytes) {
        precondition(SessionState(json: state.encodedJSON()) == state, "a state came back changed")
    }
    _ = try? RecordingReference(parsing: String(decoding: bytes, as: UTF8.self))
    return 0
}
