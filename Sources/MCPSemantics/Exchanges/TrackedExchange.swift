import Wire

/// An exchange that may still change, and what leads to it.
struct TrackedExchange: Sendable, Equatable {
    var exchange: Exchange
    var standing: Standing = .waiting
    /// The HTTP exchange that carries the request; 0 on stdio.
    var stream: UInt32 = 0
    /// The HTTP exchange that carried it broke off: whoever asked may ask again.
    var isLost = false
    /// Whether it counts as work of the client's that a request of the server's can be part of.
    var isPossibleParent = false
    /// The JSON text of the progress token that it gave, while progress can still come.
    var progressToken: String?
    /// Whether an older exchange with the same token was tracked when this one came.
    var shadowsToken = false
    /// What later messages name it by.
    var links: [LinkKey] = []
    /// Answered with `input_required` but without a `requestState`, and not continued yet.
    var awaitsInput = false

    /// Why it is still tracked.
    enum Standing: UInt8, Sendable {
        /// Waits for its answer; found by its id.
        case waiting = 0
        /// Cancelled by its asker: waits for a late answer; found by its id.
        case cancelled = 1
        /// A newer request took its id: waits for progress only.
        case displaced = 2
        /// Answered: waits for messages that name what it minted (`links`, `awaitsInput`).
        case answered = 3
    }

    /// Whether its id leads to it.
    var ownsID: Bool { standing == .waiting || standing == .cancelled }

    /// Bytes of text that it holds.
    var textSize: Int {
        exchange.id.text.utf8.count + exchange.method.utf8.count + (exchange.name?.utf8.count ?? 0)
            + (exchange.resultType?.utf8.count ?? 0) + (exchange.error?.message.utf8.count ?? 0)
            + (exchange.error?.code.utf8.count ?? 0) + (progressToken?.utf8.count ?? 0)
    }
}

/// A request's id in the id space of the side that asked.
///
/// Not keyed by stream: over HTTP an answer may come on another stream than its request.
struct AskedID: Hashable, Sendable {
    var asker: Direction
    var id: RequestID
}

/// A progress token among those of the side that asked.
struct AskedToken: Hashable, Sendable {
    var asker: Direction
    var token: String
}

/// Something that one side mints in an exchange and by which later messages name that exchange.
struct LinkKey: Hashable, Sendable {
    var kind: Kind
    /// The side that minted it.
    var minter: Direction
    /// Of its text: the text itself may be 4 KiB, and a thousand of them are in every checkpoint.
    var fingerprint: Fingerprint

    init(_ kind: Kind, mintedBy minter: Direction, _ text: String) {
        self.kind = kind
        self.minter = minter
        fingerprint = Fingerprint(of: text)
    }

    init(kind: Kind, minter: Direction, fingerprint: Fingerprint) {
        self.kind = kind
        self.minter = minter
        self.fingerprint = fingerprint
    }

    enum Kind: UInt8, Sendable {
        /// `result.requestState`, which the next round carries.
        case requestState = 0
        /// `taskId` of a created task, which polls and notifications carry.
        case task = 1
        /// `params.elicitationId`, which `notifications/elicitation/complete` carries.
        case elicitation = 2
    }
}

/// 128 bits that stand for a text, the same in every process. Not against an enemy: who can choose two
/// texts with one fingerprint can only mix up chains in their own session.
struct Fingerprint: Hashable, Sendable {
    var low: UInt64
    var high: UInt64

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Two FNV-1a hashes, the second with its input's bits inverted. Source: RFC 9923.
    init(of text: String) {
        low = 0xCBF2_9CE4_8422_2325
        high = 0x8422_2325_CBF2_9CE4
        for byte in text.utf8 {
            low = (low ^ UInt64(byte)) &* 0x100_0000_01B3
            high = (high ^ UInt64(~byte)) &* 0x100_0000_01B3
        }
    }
}
