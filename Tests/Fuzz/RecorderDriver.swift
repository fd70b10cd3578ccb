import MCPSemantics
import Recording
import Wire

/// Records do not depend on how a lane was cut, also across a checkpoint, and any event is survived.
///
/// The input is a list of events, each of four bytes and a payload: kind, lane, length, and how to cut it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecorder(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    let session = SessionDescription(id: SessionID("fuzz"), name: "fuzz", transport: .stdio)
    var whole = Recorder(session: session, partSize: 64)
    var cut = Recorder(session: session, partSize: 64)
    var wholeRecords: [RecordedEvent] = []
    var cutRecords: [RecordedEvent] = []
    var time: Int64 = 0
    while rest.count >= 4 {
        let head = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        let payload = rest.prefix(Int(head[2]))
        rest = rest.dropFirst(payload.count)
        time += 1
        let event = TransportEvent(
            TransportEvent.Kind(rawValue: head[0] % 9) ?? .bytes,
            lane: Lane(rawValue: head[1] % 3) ?? .clientToServer,
            time: Timestamp(nanoseconds: time), payload: payload)
        whole.observe(event, into: &wholeRecords)
        if event.kind == .bytes {
            var pieces = payload
            let step = Int(head[3] % 16) + 1
            while !pieces.isEmpty {
                var piece = event
                piece.payload = pieces.prefix(step)
                cut.observe(piece, into: &cutRecords)
                pieces = pieces.dropFirst(step)
            }
        } else {
            cut.observe(event, into: &cutRecords)
        }
        if head[3] >= 128 {
            cut = Recorder(session: session, resuming: cut.checkpoint(), partSize: 64)
            require(cut.resumption == .resumed, "a checkpoint cannot be read")
        }
    }
    require(messages(wholeRecords) == messages(cutRecords), "cuts changed the records")
    return 0
}

/// Exchanges are told again whenever they change, and a cut may fall between two changes.
private func messages(_ records: [RecordedEvent]) -> [RecordedEvent] {
    records.filter { if case .exchange = $0 { false } else { true } }
}
