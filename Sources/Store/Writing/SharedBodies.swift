internal import MCPSemantics
internal import Wire

/// Which bodies of a chapter are stored already, by their content without the id.
///
/// A match is decided by a fingerprint of 122 bits (its key is random in each process, so no peer can prepare
/// a collision), the length and the id's place together. For bodies of 1 MiB, the longest, two that differ
/// match once in 10^27; the checksum of the rebuilt body, which every read verifies, would show it.
struct SharedBodies {
    private var targets: [Content: Int64] = [:]
    private let key = KeyedFingerprint.Key(.random(in: 1...(.max)), .random(in: 1...(.max)))

    private struct Content: Hashable {
        var fingerprint = KeyedFingerprint()
        var length: Int
        var idOffset: Int
    }

    /// A chapter holds at most this many bodies that are large enough to share.
    static let limit = BlockFormat.chapterSize / BlockFormat.sharedSize

    mutating func removeAll() { targets.removeAll() }

    /// The message that holds an equal body. When there is none, `sequence` is remembered as its holder.
    mutating func target(
        for body: UnsafeRawBufferPointer, id: Range<Int>?, orRemember sequence: Int64
    ) -> Int64? {
        let id = id ?? 0..<0
        let head = UnsafeRawBufferPointer(rebasing: body[..<id.lowerBound])
        let tail = UnsafeRawBufferPointer(rebasing: body[id.upperBound...])
        var content = Content(length: head.count + tail.count, idOffset: id.lowerBound)
        content.fingerprint.push(head, key: key)
        content.fingerprint.push(tail, key: key)
        if let known = targets[content] { return known }
        if targets.count < SharedBodies.limit { targets[content] = sequence }
        return nil
    }
}

/// Finds a message's id in its own bytes.
enum IDPlace {
    /// How far from the start and from the end of a message its id is looked for. Every SDK writes it first,
    /// second or last; elsewhere it is stored beside the body, and the body is not shared.
    private static let window = 96

    /// The range of the id's text after an `"id":`, or nil.
    ///
    /// It need not be the id member itself: wherever the same text stands, the message is rebuilt exactly.
    static func range(of id: RequestID?, in body: UnsafeRawBufferPointer) -> Range<Int>? {
        guard var text = id?.text, !text.isEmpty else { return nil }
        return text.withUTF8 { wanted in
            let head = 0..<min(window + wanted.count, body.count)
            if let found = find(UnsafeRawBufferPointer(wanted), in: body, head) { return found }
            let start = max(0, body.count - window - wanted.count)
            return find(UnsafeRawBufferPointer(wanted), in: body, start..<body.count)
        }
    }

    private static func find(
        _ wanted: UnsafeRawBufferPointer, in body: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> Range<Int>? {
        let key: StaticString = "\"id\""
        var start = range.lowerBound
        while start + 4 <= range.upperBound {
            defer { start += 1 }
            guard body[start] == UInt8(ascii: "\""), matches(body, at: start, key) else { continue }
            var place = start + 4
            while place < range.upperBound, isSpaceOrColon(body[place]) { place += 1 }
            guard place > start + 4, place + wanted.count <= range.upperBound else { continue }
            if UnsafeRawBufferPointer(rebasing: body[place..<place + wanted.count]).elementsEqual(wanted) {
                return place..<place + wanted.count
            }
        }
        return nil
    }

    private static func matches(_ body: UnsafeRawBufferPointer, at start: Int, _ key: StaticString) -> Bool {
        for index in 0..<key.utf8CodeUnitCount where body[start + index] != key.utf8Start[index] {
            return false
        }
        return true
    }

    private static func isSpaceOrColon(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: " ") || byte == 9 || byte == 10 || byte == 13
    }
}
