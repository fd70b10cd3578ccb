/// Replaces ranges of a text by other bytes and leaves every other byte as it is.
///
/// ```swift
/// var splice = JSONSplice()
/// splice.replace(envelope.id, with: liveID)
/// let answer = splice.applied(to: recorded)
/// ```
public struct JSONSplice: Sendable, Equatable {
    private struct Edit: Sendable, Equatable {
        var range: Range<Int>
        var bytes: [UInt8]
    }

    /// In the order they were asked for. Grows by calls, not by input.
    private var edits: [Edit] = []

    public init() {}

    /// Whether nothing is to be replaced.
    public var isEmpty: Bool { edits.isEmpty }

    /// Asks that the bytes at `range`, in offsets from the text's first byte, be replaced by `bytes`. An
    /// empty range inserts before that offset.
    public mutating func replace(_ range: Range<Int>, with bytes: some Sequence<UInt8>) {
        edits.append(Edit(range: range, bytes: Array(bytes)))
    }

    /// The text after all replacements; nil when two ranges overlap or one is not inside `text`.
    ///
    /// Insertions at one offset come in the order they were asked for, before a replacement there.
    public func applied(to text: ArraySlice<UInt8>) -> [UInt8]? {
        let order = edits.indices.sorted {
            let (left, right) = (edits[$0].range, edits[$1].range)
            if left.lowerBound != right.lowerBound { return left.lowerBound < right.lowerBound }
            return left.isEmpty != right.isEmpty ? left.isEmpty : $0 < $1
        }
        var result: [UInt8] = []
        result.reserveCapacity(text.count + edits.reduce(0) { $0 + $1.bytes.count })
        var done = 0
        for index in order {
            let edit = edits[index]
            guard edit.range.lowerBound >= done, edit.range.upperBound <= text.count else { return nil }
            result += text[text.startIndex + done..<text.startIndex + edit.range.lowerBound]
            result += edit.bytes
            done = edit.range.upperBound
        }
        return result + text[(text.startIndex + done)...]
    }
}
