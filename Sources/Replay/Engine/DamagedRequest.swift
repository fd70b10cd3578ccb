public import MCPSemantics
import Wire

/// What looks like a request and is none: JSON-RPC has errors for it, and whoever sent it waits for one.
struct DamagedRequest: Sendable, Equatable {
    var id: RequestID
    /// Nil when it is no string.
    var method: String?
    var reason: NearestMiss.Reason

    /// Nil when `text` is a message, when no id to answer under is found in it, and when it is an answer.
    init?(_ text: ArraySlice<UInt8>) {
        guard case .foreign(let fault) = Envelope.scan(text).shape else { return nil }
        switch fault {
        case .empty: return nil
        case .notRPC: reason = .notRPC
        case .tooDeep: reason = .tooDeep
        case .invalidUTF8: reason = .invalidUTF8
        case .notJSON: reason = .notJSON
        }
        let found = Members(of: text)
        guard let id = found.id, UTF8Text.isValid(id), JSONText.isValid(id) else { return nil }
        method = found.method.flatMap { UTF8Text.isValid($0) ? JSONTree($0)?.root.stringValue : nil }
        guard method != nil || !found.isAnswer else { return nil }
        self.id = RequestID(UTF8Text.repaired(id))
    }

    /// The outermost members of a text that may be no JSON, as far as they can be told. O(n), whatever the
    /// depth; of duplicates the last wins, as in JSON.
    private struct Members {
        /// A string or number.
        var id: ArraySlice<UInt8>?
        var method: ArraySlice<UInt8>?
        /// It has a `result` or an `error`.
        var isAnswer = false

        private var key: ArraySlice<UInt8>?
        private var isKeyNext = true

        init(of text: ArraySlice<UInt8>) {
            var place = text.firstIndex { $0 > 0x20 } ?? text.endIndex
            guard place < text.endIndex, text[place] == UInt8(ascii: "{") else { return }
            place += 1
            var depth = 1
            while place < text.endIndex, depth > 0 {
                let start = place
                switch text[place] {
                case UInt8(ascii: "\""):
                    guard let end = Self.endOfString(text, from: place) else { return }
                    place = end
                    if depth == 1 { note(text[start..<place]) }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == 1 { note(nil) }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: ":") where depth == 1: isKeyNext = false
                case UInt8(ascii: ",") where depth == 1: (isKeyNext, key) = (true, nil)
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    guard depth == 1 else { break }
                    while place < text.endIndex, Self.isOfNumber(text[place]) { place += 1 }
                    note(text[start..<place])
                    continue
                default: break
                }
                place += 1
            }
        }

        private mutating func note(_ value: ArraySlice<UInt8>?) {
            if isKeyNext {
                key = value
                return
            }
            guard let key else { return }
            self.key = nil
            switch String(decoding: key.dropFirst().dropLast(), as: UTF8.self) {
            case "id": id = value
            case "method": method = value?.first == UInt8(ascii: "\"") ? value : nil
            case "result", "error": isAnswer = true
            default: break
            }
        }

        private static func endOfString(_ text: ArraySlice<UInt8>, from start: Int) -> Int? {
            var place = start + 1
            while place < text.endIndex {
                switch text[place] {
                case UInt8(ascii: "\""): return place + 1
                case UInt8(ascii: "\\"): place += 2
                default: place += 1
                }
            }
            return nil
        }

        private static func isOfNumber(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
    }
}

extension NearestMiss {
    /// The miss of what looks like a request and is none, with the id to answer under; nil when `text` is not
    /// that.
    public static func damaged(
        _ text: ArraySlice<UInt8>, recording: String
    ) -> (miss: NearestMiss, id: RequestID)? {
        DamagedRequest(text).map { request in
            let miss = NearestMiss(
                method: request.method ?? "a request", name: nil, reason: request.reason,
                recording: recording, gaps: [])
            return (miss, request.id)
        }
    }
}
