/// The headers that are set on every request to one upstream.
final class HeaderInjection {
    private let headers: [InjectedHeader]

    init(_ headers: [InjectedHeader]) { self.headers = headers }

    /// No header is set.
    var isEmpty: Bool { headers.isEmpty }

    /// Their present values.
    func current() throws(HTTPFailure) -> [ForwardedHead.InjectedField] {
        var fields: [ForwardedHead.InjectedField] = []
        for header in headers {
            fields.append(.init(name: Array(header.name.utf8), value: Array(try header.current().utf8)))
        }
        return fields
    }

    /// The upstream answered 401: what can be read again is read again, for the next request.
    func wasRefused() {
        for header in headers { header.refresh() }
    }
}
