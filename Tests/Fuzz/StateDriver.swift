import MCPSemantics
import Recording
import Wire

/// What a store holds of us may be damaged: checkpoints, and the JSON of sessions.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzState(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var state = StateReader(bytes)
    if var scanner = try? EnvelopeScanner(from: &state, watching: MessageReader.watchedPaths) {
        scanner.push(bytes[...])
        _ = (scanner.finish(), scanner.captures)
    }
    state = StateReader(bytes)
    _ = try? ExchangeTracker(from: &state)
    state = StateReader(bytes)
    _ = try? SHA256(from: &state)
    state = StateReader(bytes)
    if var stream = try? Redactor(rules: RedactionRules(), key: [1]).stream(from: &state) {
        var output: [UInt8] = []
        stream.push(bytes[...], isLast: true, into: &output)
    }

    var recorder = Recorder(
        session: SessionDescription(id: SessionID("s"), name: "n", transport: .stdio), resuming: bytes)
    var events: [RecordedEvent] = []
    recorder.observe(.bytes(bytes[...], on: .clientToServer, at: .zero), into: &events)
    recorder.observe(.ended(.interrupted, at: .zero), into: &events)

    if let description = SessionDescription(json: bytes) {
        require(SessionDescription(json: description.encodedJSON()) == description, "a description changes")
    }
    if let state = SessionState(json: bytes) {
        require(SessionState(json: state.encodedJSON()) == state, "a state changes")
    }
    return 0
}
