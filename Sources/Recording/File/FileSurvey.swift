import MCPSemantics
import Wire

/// Goes through a file once and tells whether its session may be read piece by piece: each line is seen, and
/// of none more than its envelope.
///
/// It may where every line is a message of JSON-RPC on stdio as the recorder writes it, or a line of standard
/// error; where every response answers an open request and every progress message belongs to one; and where
/// nothing is redacted, in a batch, or a subscription. Then a message changes nothing about what stands
/// before the last place at which nothing was open. Whatever is not so is read as a whole.
struct FileSurvey {
    /// Requests that may be open at one time. Far more than a session has, and few enough to look through.
    static let openLimit = 64
    /// Methods that are told apart.
    static let methodLimit = 64
    /// Bytes of an id, and of a method: what is longer is cut where it is read.
    private static let textLimit = 128

    /// A request without its response.
    private struct Open {
        var asker: Direction
        var id: ArraySlice<UInt8>
        var body: ArraySlice<UInt8>
        /// The era that a result of the request shows.
        var handshake: Era?
        /// Whether `token` was read.
        var isRead = false
        var token: String?
    }

    private struct Method {
        var text: [UInt8]
        var count: Int
        var era: Era?
    }

    private var open: [Open] = []
    private var requests: [Method] = []
    private var notifications: [Method] = []
    private var outline = SessionOutline()

    /// Looks at all lines from `start` on; nil: the file must be read as a whole. O(bytes).
    static func outline(of bytes: [UInt8], from start: Int) -> SessionOutline? {
        var survey = FileSurvey()
        var position = start
        var number = 1
        while position < bytes.count {
            let lineFeed = FileIndexer.lineFeed(in: bytes, from: position)
            let end = lineFeed ?? bytes.count
            number += 1
            let isKnown = survey.read(bytes[position..<end], number: number, hasLineFeed: lineFeed != nil)
            guard isKnown else { return nil }
            position = lineFeed.map { $0 + 1 } ?? bytes.count
        }
        survey.outline.requests = survey.requests.map { Self.told($0) }
        survey.outline.notifications = survey.notifications.map { Self.told($0) }
        return survey.outline
    }

    private static func told(_ method: Method) -> SessionOutline.MethodCount {
        SessionOutline.MethodCount(method: String(decoding: method.text, as: UTF8.self), count: method.count)
    }

    private mutating func read(_ line: ArraySlice<UInt8>, number: Int, hasLineFeed: Bool) -> Bool {
        guard let head = line.withUnsafeBufferPointer({ PlainHead($0) }) else {
            return Self.isStandardError(RecordingFileLine(line, number: number, hasLineFeed: hasLineFeed))
        }
        guard head.session == nil, head.stream == 0, let direction = head.lane.direction else { return false }
        let body = line[(line.startIndex + head.bodyStart)..<(line.endIndex - 1)]
        let envelope = Envelope.scan(body)
        switch envelope.shape {
        case .request: return request(envelope, body, direction)
        case .response: return response(envelope, body, direction)
        case .notification: return notification(envelope, body, direction)
        case .batch, .foreign: return false
        }
    }

    private static func isStandardError(_ line: RecordingFileLine) -> Bool {
        guard case .message(let message) = line.content, message.place.session == nil else { return false }
        return message.lane == .standardError && message.place.warnings.isEmpty
    }

    // MARK: - Messages

    private mutating func request(
        _ envelope: Envelope, _ body: ArraySlice<UInt8>, _ direction: Direction
    ) -> Bool {
        guard let id = Self.id(envelope, body), let method = Self.method(envelope, body),
            place(of: id, askedBy: direction) == nil, open.count < Self.openLimit
        else { return false }
        var request = Open(asker: direction, id: id, body: body)
        if direction == .clientToServer {
            guard let known = Self.count(method, in: &requests) else { return false }
            switch requests[known].text {
            case Self.initialize: request.handshake = .legacy
            case Self.discover: request.handshake = .modern
            case Self.listen: return false
            default:
                if !outline.showsModern { outline.showsModern = Self.isModern(body, requests[known].era) }
            }
            if Self.mayBeRedacted(body) { return false }
        }
        open.append(request)
        return true
    }

    private mutating func response(
        _ envelope: Envelope, _ body: ArraySlice<UInt8>, _ direction: Direction
    ) -> Bool {
        guard let id = Self.id(envelope, body), let place = place(of: id, askedBy: direction.opposite) else {
            return false
        }
        let request = open.remove(at: place)
        if envelope.result != nil {
            if request.handshake == .legacy { outline.showsLegacy = true }
            if request.handshake == .modern { outline.showsModern = true }
        }
        return true
    }

    private mutating func notification(
        _ envelope: Envelope, _ body: ArraySlice<UInt8>, _ direction: Direction
    ) -> Bool {
        guard let method = Self.method(envelope, body) else { return false }
        if direction == .clientToServer { return Self.count(method, in: &notifications) != nil }
        if method.elementsEqual(Self.acknowledged) { return false }
        return !method.elementsEqual(Self.progress) || isOfOpenRequest(body)
    }

    /// Whether a progress message of the server has the token of a request that waits.
    private mutating func isOfOpenRequest(_ body: ArraySlice<UInt8>) -> Bool {
        let token = MessageReader.digest(of: body, direction: .serverToClient).progressToken
        guard let token else { return false }
        for place in open.indices where open[place].asker == .clientToServer {
            if !open[place].isRead {
                open[place].isRead = true
                open[place].token =
                    MessageReader.digest(of: open[place].body, direction: .clientToServer).progressToken
            }
            if open[place].token == token { return true }
        }
        return false
    }

    private func place(of id: ArraySlice<UInt8>, askedBy asker: Direction) -> Int? {
        open.lastIndex { request in
            request.asker == asker && request.id.count == id.count && request.id.elementsEqual(id)
        }
    }

    // MARK: - Their members

    private static let initialize = Array("initialize".utf8)
    private static let discover = Array("server/discover".utf8)
    private static let listen = Array("subscriptions/listen".utf8)
    private static let progress = Array("notifications/progress".utf8)
    private static let acknowledged = Array("notifications/subscriptions/acknowledged".utf8)
    private static let identitySearch = ByteSearch("io.modelcontextprotocol".utf8)
    private static let escapeSearch = ByteSearch("\\u".utf8)
    private static let placeholderSearch = ByteSearch(Placeholder.head)
    private static let numberSearch = ByteSearch("7303".utf8)

    /// A number or a string, of which equal texts are the same id and others are not.
    private static func id(_ envelope: Envelope, _ body: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let range = envelope.id, range.count <= textLimit else { return nil }
        let id = Envelope.slice(range, of: body)
        guard let first = id.first, id.allSatisfy({ $0 < 0x80 }) else { return nil }
        let isScalar = first == UInt8(ascii: "\"") || first == UInt8(ascii: "-") || first &- 48 < 10
        return isScalar ? id : nil
    }

    /// Without its quotes; nil when it is not what stands between them.
    private static func method(_ envelope: Envelope, _ body: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let range = envelope.method, range.count <= textLimit else { return nil }
        let method = Envelope.slice(range, of: body).dropFirst().dropLast()
        return method.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") } ? method : nil
    }

    /// Counts a method; answers its place, or nil when there are too many.
    private static func count(_ method: ArraySlice<UInt8>, in methods: inout [Method]) -> Int? {
        let known = methods.firstIndex { $0.text.count == method.count && $0.text.elementsEqual(method) }
        if let known {
            methods[known].count += 1
            return known
        }
        guard methods.count < methodLimit else { return nil }
        let era = MethodCatalogue[String(decoding: method, as: UTF8.self)]?.era
        methods.append(Method(text: Array(method), count: 1, era: era))
        return methods.count - 1
    }

    /// Whether a request of the client states the modern era. `era`: that of its method.
    private static func isModern(_ body: ArraySlice<UInt8>, _ era: Era?) -> Bool {
        // A key may be written with escapes: then the request is read.
        let mayState =
            era != nil || identitySearch.firstIndex(in: body) != nil
            || escapeSearch.firstIndex(in: body) != nil
        return mayState && MessageReader.digest(of: body, direction: .clientToServer).era == .modern
    }

    /// Whether something in the request may be a placeholder; at times it is none.
    private static func mayBeRedacted(_ body: ArraySlice<UInt8>) -> Bool {
        if placeholderSearch.firstIndex(in: body) != nil { return true }
        var rest = body
        while let start = numberSearch.firstIndex(in: rest) {
            if Placeholder.numberDigits(body[start...].prefix(16)) != nil { return true }
            rest = body[(start + 1)...]
        }
        return false
    }
}
