import MCPSemantics
import Recording
import Wire

/// A recorder gives the same records however the bytes of a lane were chunked, checkpoints in between.
///
/// *Shape* of an input: a byte that seeds the cuts, then lines; `<` first is the server's, `!` standard
/// error's.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLanes(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var cuts = Cuts(seed: input[0])
    var whole: [TransportEvent] = []
    var pieces: [TransportEvent] = []
    for line in input[1...].split(separator: 0x0A, omittingEmptySubsequences: false) {
        let (lane, bytes) = laneAndBytes(of: line)
        whole.append(.bytes(bytes[...], on: lane, at: .zero))
        pieces += cuts.pieces(of: bytes[...]).map { .bytes($0, on: lane, at: .zero) }
    }
    require(records(of: whole, resuming: false) == records(of: pieces, resuming: true), "records differ")
    return 0
}

private func laneAndBytes(of line: ArraySlice<UInt8>) -> (Lane, [UInt8]) {
    switch line.first {
    case UInt8(ascii: "<"): (.serverToClient, line.dropFirst() + [0x0A])
    case UInt8(ascii: "!"): (.standardError, line.dropFirst() + [0x0A])
    default: (.clientToServer, line + [0x0A])
    }
}

private func records(of events: [TransportEvent], resuming: Bool) -> [RecordedEvent] {
    let session = SessionDescription(id: SessionID("s"), name: "n", transport: .stdio)
    var recorder = Recorder(session: session, partSize: 32)
    var records: [RecordedEvent] = []
    for (place, event) in events.enumerated() {
        recorder.observe(event, into: &records)
        guard resuming, place % 16 == 7 else { continue }
        recorder = Recorder(session: session, resuming: recorder.checkpoint(), partSize: 32)
    }
    recorder.observe(.ended(.serverExited, at: .zero), into: &records)
    return records
}
