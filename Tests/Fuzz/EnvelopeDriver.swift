import Wire

/// Lines and envelopes: whatever comes, in whatever pieces, gives the same frames and the same envelope.
///
/// *Shape* of an input: a byte that says how large parts are, one that seeds the cuts, then the lane.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnvelope(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let lane = input[2...]
    let partSize = Int(input[0]) + 1
    var cuts = Cuts(seed: input[1])

    let whole = frames(of: [lane], partSize: partSize)
    require(frames(of: cuts.pieces(of: lane), partSize: partSize) == whole, "frames depend on the chunks")
    var text: [UInt8] = []
    for frame in whole { text += frame.bytes + (frame.hasLineFeed ? [0x0A] : []) }
    require(text[...] == lane, "frames lost or made up bytes")

    for frame in whole { checkEnvelope(of: frame.bytes, &cuts) }
    checkEnvelope(of: lane, &cuts)
    var state = StateReader(lane)
    if var resumed = try? EnvelopeScanner(from: &state, watching: paths) {
        resumed.push(lane)
        _ = resumed.finish()
    }
    return 0
}

private let paths = FieldPaths([["params", "name"], ["params", "_meta"], ["params", "_meta", "a"], ["a"]])

private func frames(of pieces: [ArraySlice<UInt8>], partSize: Int) -> [LineFramer.Frame] {
    var framer = LineFramer(partSize: partSize)
    var frames: [LineFramer.Frame] = []
    for piece in pieces {
        framer.push(piece) { frames.append($0) }
        framer = LineFramer(partSize: partSize, pending: framer.pending, isInsideLine: framer.isInsideLine)
    }
    if let rest = framer.finish() { frames.append(rest) }
    return frames
}

private func checkEnvelope(of message: ArraySlice<UInt8>, _ cuts: inout Cuts) {
    let envelope = Envelope.scan(message)
    var whole = EnvelopeScanner(watching: paths)
    whole.push(message)
    require(whole.finish() == envelope, "watching changes the envelope")

    var pieces = EnvelopeScanner(watching: paths)
    for piece in cuts.pieces(of: message) {
        pieces.push(piece)
        var writer = StateWriter()
        pieces.save(to: &writer)
        var reader = StateReader(writer.bytes)
        guard let restored = try? EnvelopeScanner(from: &reader, watching: paths) else {
            return require(false, "a checkpoint cannot be read back")
        }
        require(restored == pieces && reader.isAtEnd, "a checkpoint differs")
        pieces = restored
    }
    require(pieces.finish() == envelope, "the envelope depends on the pieces")
    require(pieces.captures == whole.captures, "captures depend on the pieces")

    let ranges = [envelope.id, envelope.method, envelope.params, envelope.result, envelope.error]
    for range in ranges.compactMap({ $0 }) + envelope.members {
        require(range.upperBound <= message.count, "a range lies outside")
        require(JSONText.isValid(Envelope.slice(range, of: message)), "a range is not JSON")
    }
    let isForeignText = [.foreign(.notJSON), .foreign(.invalidUTF8), .foreign(.tooDeep), .foreign(.empty)]
        .contains(envelope.shape)
    require(JSONText.isValid(message) != isForeignText, "validity and shape disagree")
}
