/// What is asked for, and who may ask was decided before.
public struct PageRequest: Sendable {
    public var action: Action
    /// As it was sent, without the query: nothing is decoded.
    public var path: String
    /// What follows the question mark.
    public var query: String
    /// `Accept`, all of them joined; nil when there is none.
    public var accept: String?
    /// `Accept-Encoding`, all of them joined; nil when there is none.
    public var acceptEncoding: String?
    /// `If-None-Match`, all of them joined; nil when there is none.
    public var ifNoneMatch: String?

    /// What is to be done with what the path names.
    public enum Action: Sendable {
        /// GET or HEAD, whose difference is the listener's.
        case read
        /// DELETE.
        case remove
    }

    public init(
        _ action: Action = .read, path: String, query: String = "", accept: String? = nil,
        acceptEncoding: String? = nil,
        ifNoneMatch: String? = nil
    ) {
        self.action = action
        self.ifNoneMatch = ifNoneMatch
        self.path = path
        self.query = query
        self.accept = accept
        self.acceptEncoding = acceptEncoding
    }
}

/// What is answered, whole.
public struct PageAnswer: Sendable, Equatable {
    public var status: Int
    /// In order, without what frames the body.
    public var fields: [Field]
    public var body: [UInt8]

    /// A header.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// - Parameter contentType: the value of `Content-Type`.
    init(_ status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.body = body
        fields = [Field("Content-Type", contentType)] + PageAnswer.safety
    }

    /// A sentence for a person.
    public init(_ status: Int, _ text: String) {
        self.init(
            status, contentType: "text/plain; charset=utf-8", body: Array("mcptape: \(text)\n".utf8))
    }

    /// Nothing that is shown here is kept by a browser, taken for another type, put into another's page, or
    /// told to others by a link.
    private static let safety = [
        Field("Cache-Control", "no-store"), Field("X-Content-Type-Options", "nosniff"),
        Field("Referrer-Policy", "no-referrer"),
        Field("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        Field("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}
