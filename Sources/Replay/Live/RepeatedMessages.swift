import MCPSemantics
import Wire

/// Reads the client's messages, and knows those again that differ from an earlier one in their ids alone.
///
/// Tests ask the same again and again, and every client in a load does. What such a request is, and what it
/// is matched by, follow from its form: the bytes before its id and those behind it.
public struct RepeatedMessages: Sendable {
    /// Forms that are remembered; the oldest gives way. More would cost those that always ask something new.
    private static let formLimit = 8
    /// Bytes of a message whose form is remembered.
    private static let messageLimit = 4 << 10
    /// Bytes of an id that is recognised: those of SDKs are integers and UUIDs.
    fileprivate static let idLimit = 66

    private let rules: MatchRules
    private var forms: [Form] = []
    private var count = 0

    fileprivate struct Form: Sendable {
        var number: Int
        var head: [UInt8]
        var tail: [UInt8]
        var digest: MessageDigest
        /// Made when the form comes again: most never do.
        var key: MatchKey?
    }

    /// `rules` are those of the engines that get the messages.
    public init(matching rules: MatchRules) { self.rules = rules }

    /// Reads a message. O(n), and nearly nothing of a form that is known.
    public mutating func read(_ text: ArraySlice<UInt8>) -> ClientMessage {
        for place in forms.indices {
            guard let id = forms[place].id(in: text) else { continue }
            var digest = forms[place].digest
            digest.id = id
            digest.size = text.count
            var message = ClientMessage(text, digest)
            message.form = forms[place].number
            message.key = key(of: place, text)
            return message
        }
        let envelope = Envelope.scan(text)
        let digest = MessageReader.digest(of: text, envelope: envelope, direction: .clientToServer)
        var message = ClientMessage(text, digest)
        message.form = remember(text, envelope, digest)
        return message
    }

    private mutating func key(of place: Int, _ text: ArraySlice<UInt8>) -> MatchKey? {
        if let key = forms[place].key { return key }
        guard let method = forms[place].digest.method else { return nil }
        let key = rules.key(of: text, method: method, name: forms[place].digest.name)
        forms[place].key = key
        return key
    }

    private mutating func remember(
        _ text: ArraySlice<UInt8>, _ envelope: Envelope, _ digest: MessageDigest
    ) -> Int? {
        guard digest.kind == .request, text.count <= Self.messageLimit, let id = envelope.id else {
            return nil
        }
        count += 1
        let form = Form(
            number: count, head: Array(text.prefix(id.lowerBound)),
            tail: Array(text.dropFirst(id.upperBound)),
            digest: digest)
        // What it recognises must be what was read.
        guard form.id(in: text) == digest.id else { return nil }
        if forms.count < Self.formLimit {
            forms.append(form)
        } else {
            forms[count % Self.formLimit] = form
        }
        return count
    }
}

extension RepeatedMessages.Form {
    /// The id of a message of this form; nil when it is of another one.
    fileprivate func id(in text: ArraySlice<UInt8>) -> RequestID? {
        text.withUnsafeBufferPointer { bytes in
            let end = bytes.count - tail.count
            guard head.count < end else { return nil }
            let range = head.count..<end
            let token = UnsafeBufferPointer(rebasing: bytes[range])
            guard Self.isPlainID(token), Self.isSame(bytes, at: 0, head),
                Self.isSame(bytes, at: range.upperBound, tail)
            else { return nil }
            return RequestID(String(decoding: token, as: UTF8.self))
        }
    }

    /// An integer, or a string of letters, digits and a few signs that mean nothing in JSON: one token, which
    /// another one can stand for without a change to what surrounds it.
    private static func isPlainID(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
        guard token.count <= RepeatedMessages.idLimit else { return false }
        guard token[0] == 0x22 else {
            let digits = token[0] == UInt8(ascii: "-") ? token.dropFirst() : token[...]
            guard let first = digits.first, digits.count <= 18 else { return false }
            return (first != 0x30 || digits.count == 1) && digits.allSatisfy { $0 &- 0x30 < 10 }
        }
        guard token.count >= 2, token[token.count - 1] == 0x22 else { return false }
        return token[1..<(token.count - 1)].allSatisfy { byte in
            byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
        }
    }

    private static func isSame(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: Int, _ part: [UInt8]
    ) -> Bool {
        part.withUnsafeBufferPointer { part in
            ByteSearch.isSame(UnsafeBufferPointer(rebasing: bytes[place..<(place + part.count)]), part)
        }
    }
}
