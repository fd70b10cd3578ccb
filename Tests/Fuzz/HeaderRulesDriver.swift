import NIOCore
import Recording

/// Rules for headers never trap and hold what they promise: templates of `--upstream-header`, URLs of
/// upstreams, what is recorded of a header and of a target, and the rewriting of an endpoint.
///
/// Built with the pure files of HTTPTransport in one module. The input is a name, a line feed, and a value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeaderRules(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let end = bytes.firstIndex(of: 0x0A) ?? bytes.endIndex
    let name = String(decoding: bytes[..<end], as: UTF8.self)
    let value = bytes[end...].dropFirst()
    readTemplate(String(decoding: bytes, as: UTF8.self))
    record(name, value)
    rewriteEndpoint(bytes)
    let url = String(decoding: bytes, as: UTF8.self)
    if let upstream = try? UpstreamURL(url) {
        require(!upstream.host.isEmpty && (0...65535).contains(upstream.port), "an upstream without a host")
        require(upstream.path.isEmpty || upstream.path.hasPrefix("/"), "a path without its slash")
    }
    return 0
}

private func readTemplate(_ text: String) {
    guard let template = try? HeaderTemplate(text) else { return }
    require(!template.name.isEmpty && template.name.utf8.allSatisfy(HTTPText.isToken), "a name is no token")
    for part in template.parts { if case .file = part { return } }
    let header = try? template.resolved(
        environment: { String($0.reversed()) }, command: { $0 + "\r\n" })
    guard let header, let value = try? header.current() else { return }
    require(value.utf8.allSatisfy(HTTPText.isFieldContent), "a header that ends its line")
}

private let redactor = Redactor(rules: RedactionRules(), key: [UInt8](repeating: 7, count: Redactor.keySize))

private func record(_ name: String, _ value: ArraySlice<UInt8>) {
    let once = HeaderPolicy.recorded(value, of: name, by: redactor)
    let twice = HeaderPolicy.recorded(once[...], of: name, by: redactor)
    if !HeaderPolicy.isOpen(name) {
        require(once == twice, "what is recorded of a header changes when it is recorded again")
        require(value.isEmpty || once[...] != value || holdsPlaceholder(value), "a value passed")
    }
    let target = URLMask.recorded(value, by: redactor)
    require(URLMask.recorded(target[...], by: redactor) == target, "a masked target changes")
    _ = HTTPNote.request(
        HTTPRequestHead(
            connection: 1, peer: "", route: "", method: name, target: name,
            fields: [HTTPField(name: name, value: String(decoding: once, as: UTF8.self))])
    ).encodedJSON()
}

/// What is a placeholder already stays, also behind a scheme.
private func holdsPlaceholder(_ value: ArraySlice<UInt8>) -> Bool {
    let behindScheme = value.firstIndex(of: 0x20).map { value[($0 + 1)...] } ?? []
    return [value, behindScheme].contains { $0.starts(with: "[redacted".utf8) && $0.last == 0x5D }
}

private func rewriteEndpoint(_ body: [UInt8]) {
    guard let upstream = try? UpstreamURL("http://up.example:81/sse") else { return }
    func rewritten(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var rewriter = EndpointRewriter(upstream: upstream, origin: "http://127.0.0.1:8808", prefix: "/a")
        var output: [UInt8] = []
        for piece in pieces {
            let piece = Array(piece)
            piece.withUnsafeBytes { rewriter.push($0, to: &output) }
        }
        rewriter.finish(&output)
        return output
    }
    var cuts = Cuts(seed: body.first ?? 0)
    let whole = rewritten([body[...]])
    require(whole == rewritten(cuts.pieces(of: body[...])), "cuts changed what is rewritten")
}
