/// Undoes a content coding, piece by piece. Source: RFC 9110 §8.4.
public protocol ContentDecoder: AnyObject, Sendable {
    /// Hands what `bytes` expand to, in pieces, to `receive`. False when they are damaged; nothing is decoded
    /// after that.
    func push(_ bytes: ArraySlice<UInt8>, _ receive: (ArraySlice<UInt8>) -> Void) -> Bool
}

/// Makes the decoder of a coding (`gzip`, `deflate`); nil for one that it does not know.
public typealias ContentDecoding = @Sendable (_ coding: String) -> (any ContentDecoder)?

/// A body with a content coding on its way to what is recorded of it.
struct EncodedBody: Sendable {
    /// Coded bytes that are kept for a recorder that goes on from a checkpoint and decodes them again.
    /// Answers are far smaller; of a longer one the rest is recorded as it came.
    static let keptLimit = 256 << 10
    /// A body expands to this much at most, so that a small one cannot keep the recorder busy for hours; and
    /// to the message limit, whichever is less.
    static let expandedLimit = 1 << 30

    let coding: String
    private let decoder: (any ContentDecoder)?
    /// What was decoded, nil when it is too long to be decoded again.
    private(set) var kept: [UInt8]? = []
    private var expanded = 0
    /// It cannot be decoded (any more): what follows is recorded as it comes.
    private(set) var isRaw = false

    init(coding: String, decoder: (any ContentDecoder)?) {
        self.coding = coding
        self.decoder = decoder
        isRaw = decoder == nil
    }

    /// A body that goes on where another recorder stood, which had `kept` of it.
    init(coding: String, decoder: (any ContentDecoder)?, kept: [UInt8]?) {
        self.init(coding: coding, decoder: decoder)
        guard let kept else {
            isRaw = true
            return
        }
        push(kept[...]) { _ in }
    }

    /// Hands what is recorded of `bytes` to `receive`.
    mutating func push(_ bytes: ArraySlice<UInt8>, _ receive: (ArraySlice<UInt8>) -> Void) {
        guard !isRaw, let decoder else { return receive(bytes) }
        if let count = kept?.count, count + bytes.count <= EncodedBody.keptLimit {
            kept?.append(contentsOf: bytes)
        } else {
            kept = nil
        }
        var total = expanded
        let isWell = decoder.push(bytes) { piece in
            guard total < EncodedBody.expandedLimit else { return }
            total += piece.count
            receive(piece)
        }
        expanded = total
        if !isWell || total >= EncodedBody.expandedLimit { isRaw = true }
    }
}
