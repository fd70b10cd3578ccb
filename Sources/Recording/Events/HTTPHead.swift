/// A header or trailer of an HTTP message, as far as it may be recorded.
public struct HTTPField: Sendable, Hashable {
    /// As it was sent: its case is kept.
    public var name: String
    /// What is recorded of the value, without the blanks around it; bytes that are not UTF-8 became U+FFFD.
    public var value: String
    public var form: Form
    /// Bytes of the value that was sent.
    public var size: Int

    /// How `value` relates to what was sent. The raw values are part of the journal's format.
    public enum Form: UInt8, Sendable, Hashable {
        /// The same.
        case clear = 0
        /// A placeholder, or the value with something in it replaced.
        case masked = 1
        /// Its beginning: it is longer than what is recorded of a value.
        case cut = 2
    }

    public init(name: String, value: String, form: Form = .clear, size: Int? = nil) {
        self.name = name
        self.value = value
        self.form = form
        self.size = size ?? value.utf8.count
    }
}

/// The head of an HTTP request: payload of `requestHead`.
public struct HTTPRequestHead: Sendable, Hashable {
    /// The client's connection, 1, 2, 3 … for the listener: requests of one came in this order.
    public var connection: UInt64
    /// The client's address as text: `127.0.0.1:53122`, or `unix`.
    public var peer: String
    /// The route's name; empty on a listener with one upstream.
    public var route: String
    public var method: String
    /// As the upstream receives it, without the route's prefix; query values masked.
    public var target: String
    /// The digit after `HTTP/1.`.
    public var minorVersion: UInt8
    /// In the order in which they were sent.
    public var fields: [HTTPField]
    /// Fields at the end that found no room in the record.
    public var omittedFields: Int

    public init(
        connection: UInt64, peer: String, route: String, method: String, target: String,
        minorVersion: UInt8 = 1, fields: [HTTPField] = [], omittedFields: Int = 0
    ) {
        self.connection = connection
        self.peer = peer
        self.route = route
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
        self.omittedFields = omittedFields
    }
}

/// The head of an HTTP response, informational ones included: payload of `responseHead`.
public struct HTTPResponseHead: Sendable, Hashable {
    public var status: Int
    public var reason: String
    /// The digit after `HTTP/1.`.
    public var minorVersion: UInt8
    /// In the order in which they were sent.
    public var fields: [HTTPField]
    /// Fields at the end that found no room in the record.
    public var omittedFields: Int
    /// The answer is the proxy's own: the upstream gave none.
    public var isOwn: Bool

    public init(
        status: Int, reason: String, minorVersion: UInt8 = 1, fields: [HTTPField] = [],
        omittedFields: Int = 0, isOwn: Bool = false
    ) {
        self.status = status
        self.reason = reason
        self.minorVersion = minorVersion
        self.fields = fields
        self.omittedFields = omittedFields
        self.isOwn = isOwn
    }
}

/// How an HTTP exchange ended: payload of `streamClosed`, the last event of every HTTP stream.
public struct StreamClosure: Sendable, Hashable {
    public var closer: Closer
    public var reason: Reason
    /// What failed, for a person; empty when there is nothing to add.
    public var text: String

    /// Who ended it. The raw values are part of the journal's format.
    public enum Closer: UInt8, Sendable, Hashable, CaseIterable {
        case client = 0
        case upstream = 1
        /// The proxy.
        case us = 2
    }

    /// Why. The raw values are part of the journal's format.
    public enum Reason: UInt8, Sendable, Hashable, CaseIterable {
        /// Request and response are complete.
        case complete = 0
        /// The closer's connection ended before the exchange was complete.
        case disconnected = 1
        /// The closer's connection was reset.
        case reset = 2
        /// The upstream could not be connected to: refused, no such name, no TLS.
        case connectFailed = 3
        /// The upstream did not take the connection in time.
        case connectTimeout = 4
        /// The closer sent what is not HTTP, or what two peers could read differently.
        case malformed = 5
        /// The request is not allowed: Host, Origin, token, no such route.
        case refused = 6
        /// The proxy is shutting down.
        case draining = 7
        /// A limit of the proxy was reached.
        case limit = 8
        /// Nothing more could be recorded, and nothing passes unrecorded (`--fail-closed`).
        case unrecorded = 9
    }

    public init(_ closer: Closer, _ reason: Reason, text: String = "") {
        self.closer = closer
        self.reason = reason
        self.text = text
    }
}
