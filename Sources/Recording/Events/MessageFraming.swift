import Wire

/// What stood around a message in an event stream: with the message's lines it is the event, byte for byte.
public struct MessageFraming: Sendable, Hashable {
    /// The text before each data line, and behind the last one. Source: `EventStreamPart.Event`.
    public var pieces: [[UInt8]]

    public init(pieces: [[UInt8]]) { self.pieces = pieces }

    /// The value of the event's `id`, `event` or `retry` field: of several the last counts.
    public func value(of field: String) -> String? {
        let name = Array(field.utf8)
        var value: String?
        for piece in pieces {
            for line in piece.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
                guard line.starts(with: name) else { continue }
                var rest = line.dropFirst(name.count)
                guard rest.first == 0x3A || rest.isEmpty else { continue }
                rest = rest.dropFirst()
                if rest.first == 0x20 { rest = rest.dropFirst() }
                value = String(decoding: rest, as: UTF8.self)
            }
        }
        return value
    }

    /// The event of a message whose data is `data`.
    public func event(around data: ArraySlice<UInt8>) -> [UInt8] {
        var event: [UInt8] = pieces.first ?? []
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (line, piece) in zip(lines, pieces.dropFirst()) {
            event += line
            event += piece
        }
        return event
    }
}
