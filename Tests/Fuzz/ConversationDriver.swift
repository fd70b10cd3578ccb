import MCPSemantics
import Recording
import Wire

/// Digests, exchanges and the session's state: a conversation of any lines.
///
/// *Shape* of an input: lines; one that begins with `<` is the server's, and the mark is not part of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConversation(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var exchanges = ExchangeTracker()
    var session = SessionTracker()
    var sequence: Int64 = 0
    for line in input.split(separator: 0x0A) {
        let direction: Direction = line.first == UInt8(ascii: "<") ? .serverToClient : .clientToServer
        let message = direction == .serverToClient ? line.dropFirst() : line
        sequence += 1
        let digest = MessageReader.digest(of: message, direction: direction)
        checkPieces(of: message, digest, direction)
        let observation = exchanges.observe(
            digest, direction: direction, sequence: sequence, time: Timestamp(nanoseconds: sequence),
            size: message.count)
        _ = session.observe(digest, direction: direction, exchange: observation.changed.last)

        var record = MessageRecord(
            sequence: sequence, time: Timestamp(nanoseconds: sequence),
            lane: direction == .clientToServer ? .clientToServer : .serverToClient, kind: digest.kind,
            body: .inline(message), size: message.count)
        record.exchange = observation.exchange
        for width in [1, 40] { _ = MessageSummary.line(of: record, method: digest.method, width: width) }
    }
    checkStates(exchanges, session, input)
    return 0
}

/// A message that comes in parts tells the same, but for the members of a batch.
private func checkPieces(of message: ArraySlice<UInt8>, _ digest: MessageDigest, _ direction: Direction) {
    guard digest.kind != .batch else { return }
    var scanner = EnvelopeScanner(watching: MessageReader.watchedPaths)
    var cuts = Cuts(seed: UInt8(truncatingIfNeeded: message.count))
    for piece in cuts.pieces(of: message) { scanner.push(piece) }
    let envelope = scanner.finish()
    var pieced = MessageReader.digest(of: envelope, captures: scanner.captures, direction: direction)
    pieced.size = digest.size
    require(pieced == digest, "a digest depends on the pieces")
}

private func checkStates(_ exchanges: ExchangeTracker, _ session: SessionTracker, _ input: [UInt8]) {
    var writer = StateWriter()
    exchanges.save(to: &writer)
    session.save(to: &writer)
    var reader = StateReader(writer.bytes)
    let exchangesBack = try? ExchangeTracker(from: &reader)
    let sessionBack = try? SessionTracker(from: &reader)
    require(exchangesBack?.counts == exchanges.counts, "a tracker cannot be read back")
    require(sessionBack == session && reader.isAtEnd, "a session cannot be read back")
    var damaged = StateReader(input)
    _ = try? ExchangeTracker(from: &damaged)
    damaged = StateReader(input)
    _ = try? SessionTracker(from: &damaged)
}
