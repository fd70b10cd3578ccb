/// A request to a listener whose answers are ours. It has no body.
public struct OwnRequest: Sendable {
    public var method: String
    /// As it was sent, without the query: nothing is decoded.
    public var path: String
    /// What follows the question mark; empty when there is none.
    public var query: String
    /// In the order in which they came; names in lower case.
    public var fields: [OwnField]
    /// Whether somebody still waits for the answer: false once the connection has ended. On any thread.
    public var isWanted: @Sendable () -> Bool = { true }

    init(_ head: MessageHead, target: ArraySlice<UInt8>) {
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        method = String(decoding: head.method, as: UTF8.self)
        path = String(decoding: target[..<mark], as: UTF8.self)
        query = String(decoding: target[mark...].dropFirst(), as: UTF8.self)
        fields = head.fields.map { field in
            OwnField(
                String(decoding: head.bytes[field.name], as: UTF8.self).lowercased(),
                String(decoding: head.bytes[field.value], as: UTF8.self))
        }
    }
}

/// An answer of ours, whole. What frames it, and the body that HEAD leaves out, are the listener's to do.
public struct OwnResponse: Sendable, Hashable {
    public var status: Int
    public var fields: [OwnField]
    public var body: [UInt8]

    public init(_ status: Int, fields: [OwnField], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A sentence for a person.
    public init(_ status: Int, _ text: String, fields: [OwnField] = []) {
        self.init(status, fields: OwnResponse.sentence + fields, body: Array("mcptape: \(text)\n".utf8))
    }

    /// A refusal too is neither kept by a browser, taken for another type, nor put into another's page.
    private static let sentence = [
        OwnField("Content-Type", "text/plain; charset=utf-8"), OwnField("Cache-Control", "no-store"),
        OwnField("X-Content-Type-Options", "nosniff"), OwnField("Referrer-Policy", "no-referrer"),
        OwnField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        OwnField("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}

/// A header.
public struct OwnField: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Answers requests of a listener.
///
/// Called on the listener's loop, so what takes time belongs elsewhere. `respond` is called once, from any
/// thread.
public typealias OwnHandler =
    @Sendable (_ request: OwnRequest, _ respond: @escaping @Sendable (OwnResponse) -> Void) -> Void
