import MCPSemantics
import Recording
import Wire

/// Redaction survives any bytes under any rules: JSON stays JSON, pieces and checkpoints make no difference,
/// and a second time changes nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRedaction(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let rules = rules(input[0])
    require(rules.fault == nil, "the rules are wrong: \(rules.fault ?? "")")
    require(RedactionRules(json: rules.encodedJSON()[...]) == rules, "rules change as JSON")
    let redactor = Redactor(rules: rules, key: [1, 2, 3])
    let context = context(input[1])
    let bytes = input[2...]
    var whole: [UInt8] = []
    var stream = redactor.stream(in: context)
    stream.push(bytes, isLast: true, into: &whole)
    let quick = redactor.redact(bytes, in: context)
    require(quick.redactions.isEmpty || quick.bytes.elementsEqual(whole), "the quick way differs")
    require(!quick.redactions.isEmpty || quick.bytes == bytes, "a message without redactions is another one")
    let isJSON = JSONText.isValid(bytes)
    if isJSON { require(JSONText.isValid(whole[...]), "JSON is JSON no more") }

    var cuts = Cuts(seed: input[0])
    var output: [UInt8] = []
    stream = redactor.stream(in: context)
    for piece in cuts.pieces(of: bytes) {
        stream.push(piece, into: &output)
        var writer = StateWriter()
        stream.save(to: &writer)
        var reader = StateReader(writer.bytes)
        guard let restored = try? redactor.stream(from: &reader) else { fatalError("a state is unreadable") }
        stream = restored
    }
    stream.push([], isLast: true, into: &output)
    require(output == whole, "pieces make a difference")

    // In text that is no JSON a placeholder can move the place where the structure is lost.
    guard isJSON else { return 0 }
    var again: [UInt8] = []
    var second = redactor.stream(in: context)
    second.push(whole[...], isLast: true, into: &again)
    require(again == whole, "a second time makes a difference")
    searchForSuspects(bytes, redactor)
    return 0
}

/// What an export would stop at is replaced, and JSON stays JSON.
private func searchForSuspects(_ bytes: ArraySlice<UInt8>, _ redactor: Redactor) {
    let message = MessageRecord(
        sequence: 1, time: .zero, lane: .clientToServer, kind: .notification, body: .inline(bytes),
        size: bytes.count)
    let clean = LaterRedaction(redactor, replacesSuspects: true).redacted(message, exchange: nil)
    guard case .inline(let body) = clean.body else { fatalError("a body is gone") }
    require(JSONText.isValid(body), "JSON is JSON no more, without what looks like a secret")
}

/// Bits of the first byte: which rules there are.
private func rules(_ byte: UInt8) -> RedactionRules {
    var rules = RedactionRules()
    let call = RedactionRules.Scope(method: "tools/call", tool: "t")
    if byte & 1 != 0 {
        rules.sampling = .shape
        rules.elicitation = .off
    }
    if byte & 2 != 0 {
        rules.pointers = [.init(pointer: "/params/*/x"), .init(pointer: "/result/a/0", in: call)]
        rules.keptPointers = [.init(pointer: "/params/a/*", in: call), .init(pointer: "/result/*/b")]
    }
    if byte & 4 != 0 {
        rules.keys = ["own name", .init("x name", in: call)]
        rules.keptKeys = [.init("password", in: call)]
    }
    if byte & 8 != 0 { rules.prefixes = [.init(name: "acme", prefix: "ac_", least: 2)] }
    if byte & 16 != 0 { rules.switchedOff = [.init("names"), .init("jwt", in: call)] }
    if byte & 32 != 0 { rules.usesDefaults = false }
    return rules
}

/// The second byte: what is known of the message.
private func context(_ byte: UInt8) -> RedactionContext {
    var context = RedactionContext(direction: byte & 1 != 0 ? .clientToServer : .serverToClient)
    if byte & 2 != 0 { context.direction = nil }
    if byte & 4 != 0 { (context.method, context.name) = ("tools/call", "t") }
    if byte & 8 != 0 { context.method = "elicitation/create" }
    if byte & 16 != 0 { context.kind = .response }
    return context
}
