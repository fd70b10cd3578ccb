import MCPSemantics
import Wire

/// The envelope does not depend on how the message was cut, also across a saved state; its ranges lie inside.
///
/// The first byte chooses the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnvelope(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let message = input[1...]
    let whole = Envelope.scan(message)

    var scanner = EnvelopeScanner(watching: MessageReader.watchedPaths)
    var rest = message
    var step = Int(input[0]) + 1
    while !rest.isEmpty {
        scanner.push(rest.prefix(step))
        rest = rest.dropFirst(step)
        if step % 3 == 0 { scanner = restored(scanner) }
        step = step % 61 + 1
    }
    let cut = scanner.finish()
    precondition(cut == whole, "cuts changed the envelope")

    for range in [whole.id, whole.method, whole.params, whole.result, whole.error] + whole.members {
        if let range { precondition(range.upperBound <= message.count, "a range outside the message") }
    }
    for direction in Direction.allCases {
        _ = MessageReader.digest(of: message, direction: direction)
        _ = MessageReader.digest(of: cut, captures: scanner.captures, direction: direction)
    }
    return 0
}

private func restored(_ scanner: EnvelopeScanner) -> EnvelopeScanner {
    var writer = StateWriter()
    scanner.save(to: &writer)
    var reader = StateReader(writer.bytes)
    guard let again = try? EnvelopeScanner(from: &reader, watching: MessageReader.watchedPaths) else {
        preconditionFailure("a saved state cannot be read")
    }
    precondition(again == scanner, "a saved state came back changed")
    return again
}
