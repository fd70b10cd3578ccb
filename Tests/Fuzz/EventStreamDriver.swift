import Recording
import Wire

/// An event stream loses no byte, whatever it holds, and its events do not depend on how it is cut, also
/// across a checkpoint.
///
/// The input is how to cut it, one byte, and a body.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEventStream(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let body = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    var cuts = Cuts(seed: start[0])
    var whole = Reading()
    whole.push(body[...])
    whole.finish()
    var cut = Reading()
    for (index, piece) in cuts.pieces(of: body[...]).enumerated() {
        cut.push(piece)
        if index % 3 == 2 { cut.reload() }
    }
    cut.finish()
    require(whole.events == cut.events, "cuts changed the events")
    require(whole.text == body, "the events put together are not the body")
    require(cut.text == body, "the pieces put together are not the body")
    for event in whole.events {
        for field in ["id", "event", "retry", "data", ""] { _ = event.framing.value(of: field) }
    }
    return 0
}

/// A body as the parser tells it.
private struct Reading {
    /// An event with its data.
    struct Event: Equatable {
        var framing: MessageFraming
        var data: [UInt8]
        var hasData: Bool
        var isComplete: Bool
    }

    private(set) var events: [Event] = []
    /// Put together from the events.
    private(set) var text: [UInt8] = []
    private var parser = EventStreamParser()
    private var data: [UInt8] = []

    mutating func push(_ bytes: ArraySlice<UInt8>) {
        var parts: [EventStreamPart] = []
        parser.push(bytes) { parts.append($0) }
        take(parts)
    }

    mutating func finish() {
        var parts: [EventStreamPart] = []
        parser.finish { parts.append($0) }
        take(parts)
    }

    mutating func reload() {
        var state = StateWriter()
        parser.save(to: &state)
        var reader = StateReader(state.bytes)
        guard let parser = try? EventStreamParser(from: &reader) else {
            fatalError("a checkpoint cannot be read")
        }
        self.parser = parser
    }

    private mutating func take(_ parts: [EventStreamPart]) {
        for part in parts {
            switch part {
            case .data(let bytes): data += bytes
            case .unframed(let bytes): text += bytes
            case .end(let event):
                let framing = MessageFraming(pieces: event.pieces)
                text += framing.event(around: data[...])
                events.append(
                    Event(
                        framing: framing, data: data, hasData: event.hasData, isComplete: event.isComplete))
                data = []
            }
        }
    }
}
