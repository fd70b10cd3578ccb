import Wire

/// Redacts one message that arrives in any pieces. The pieces make no difference, and it can be saved between
/// any two bytes.
///
/// One pass over the bytes, without building a tree: brackets, keys and strings are told apart as far as they
/// decide what is replaced. A text that is no JSON, or stops being it, is from there on searched for values
/// alone. Nothing traps.
public struct RedactionStream: Sendable {
    /// What is read; the raw values are part of checkpoints.
    enum Mode: UInt8, Sendable {
        /// The first byte that is no white space tells what it is.
        case beginning = 0
        /// Text that is not JSON.
        case text = 1
        /// Between the tokens of JSON.
        case structure = 2
        /// Inside of a string that is searched for secrets, or only passed over (`protected`).
        case string = 3
        /// Inside of a key that is too long to be held.
        case longKey = 4
        /// Inside of a secret that was found in a text.
        case secret = 5
        /// Inside of a string that is replaced as a whole.
        case replacedString = 6
        /// Inside of a number.
        case number = 7
    }

    let plan: RedactionPlan
    let context: RedactionContext
    let prepared: HMACSHA256

    var mode = Mode.beginning
    /// Where to go on after `secret`.
    var outer = Mode.text
    var frames: [RedactionFrame] = []
    /// What is known of the value that comes or is being read.
    var slot: RedactionFrame.Slot
    /// Containers that are open beyond `RedactionFrame.depthLimit`; nothing in them is judged by its name.
    var tooDeep = 0
    /// The outermost value is over.
    var isOver = false
    /// The secret that is being read.
    var reading: SecretReading?
    /// Output is left out while more than as many frames are open.
    var mutedDepth: Int?
    /// Bytes that are not decided, behind `contextCount` bytes that are.
    var held: [UInt8] = []
    var contextCount = 0
    /// What was replaced, the first `Redaction.limit`.
    public internal(set) var redactions: [Redaction] = []

    /// Bytes that wait for those behind them, at most; reached by tokens that are longer than any real one.
    public static let holdLimit = 2 * SecretDetector.reach

    init(plan: RedactionPlan, prepared: HMACSHA256, context: RedactionContext) {
        self.plan = plan
        self.prepared = prepared
        self.context = context
        slot = RedactionFrame.Slot(place: .message)
        // Standard error, heads and headers of files are no messages, in which pointers point.
        slot.alive = context.direction == nil ? 0 : plan.allPointers
    }

    /// Takes the next piece and appends what is decided to `output`.
    public mutating func push(_ piece: ArraySlice<UInt8>, isLast: Bool = false, into output: inout [UInt8]) {
        held.append(contentsOf: piece)
        var bytes: [UInt8] = []
        swap(&bytes, &held)
        let at = bytes.withUnsafeBufferPointer { buffer -> Int in
            var result = RedactionOutput(copied: contextCount)
            let end = read(buffer, from: contextCount, isLast: isLast, &result)
            // What was read of a secret so far is not told: its placeholder is, when it is over.
            result.flush(to: end, of: buffer, isMuted: mutedDepth != nil || reading != nil)
            output.append(contentsOf: result.bytes)
            return end
        }
        let kept = max(0, at - SecretDetector.context)
        contextCount = at - kept
        bytes.removeFirst(kept)
        swap(&bytes, &held)
    }

    /// The whole text at once; nil when nothing is replaced.
    mutating func redacted(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        bytes.withUnsafeBufferPointer { buffer in
            var result = RedactionOutput(copied: 0)
            let end = read(buffer, from: 0, isLast: true, &result)
            guard result.isEdited else { return nil }
            result.flush(to: end, of: buffer, isMuted: mutedDepth != nil)
            return result.bytes
        }
    }

    /// Reads as far as can be decided; the place where it stopped.
    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int {
        var at = start
        while at < bytes.count {
            let next: Int?
            switch mode {
            case .beginning: next = begin(bytes, at)
            case .text: next = search(bytes, at, isLast: isLast, inString: false, &output)
            case .structure: next = structure(bytes, at, isLast: isLast, &output)
            case .string, .longKey: next = search(bytes, at, isLast: isLast, inString: true, &output)
            case .secret: next = secret(bytes, at, isLast: isLast, &output)
            case .replacedString: next = replacedString(bytes, at, isLast: isLast, &output)
            case .number: next = number(bytes, at, isLast: isLast, &output)
            }
            guard let next else { break }
            at = next
        }
        if isLast, reading != nil { finishSecret(at: bytes.count, &output) }
        return isLast ? bytes.count : at
    }

    private mutating func begin(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let at = RedactionStream.afterSpace(bytes, start)
        guard at < bytes.count else { return at }
        mode = bytes[at] == UInt8(ascii: "{") || bytes[at] == UInt8(ascii: "[") ? .structure : .text
        return at
    }

    static func afterSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var at = start
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 9
        {
            at += 1
        }
        return at
    }

    /// Writes down that something was replaced where the reader is.
    mutating func note(_ rule: RedactionRule, label: String = "") {
        guard redactions.count < Redaction.limit else { return }
        let redaction = Redaction(pointer: mode == .text ? "" : pointer, rule: rule.word(label: label))
        if redactions.last != redaction { redactions.append(redaction) }
    }

    /// Where the reader is.
    private var pointer: String {
        var result = ""
        for frame in frames {
            let step = frame.isObject ? String(decoding: frame.key, as: UTF8.self) : "\(frame.index)"
            result = JSONPointer.appending(step, to: result)
            if result.utf8.count > Redaction.pointerLimit { return result + "…" }
        }
        return result
    }
}

/// What was read and replaced, while a piece is read.
struct RedactionOutput {
    var bytes: [UInt8] = []
    /// Everything before it is in `bytes`, or was left out.
    var copied: Int
    var isEdited = false

    init(copied: Int) { self.copied = copied }

    /// Copies what is not copied up to `end`.
    mutating func flush(to end: Int, of source: UnsafeBufferPointer<UInt8>, isMuted: Bool) {
        guard end > copied else { return }
        if !isMuted { bytes.append(contentsOf: source[copied..<end]) }
        copied = end
    }
}

/// A container on the way to the value that is read.
struct RedactionFrame: Sendable {
    /// Containers that are judged; deeper ones are copied.
    static let depthLimit = 256
    /// Bytes of a key that are kept for pointers.
    static let keyLimit = 128

    /// What is known of a value before it is read.
    struct Slot: Sendable, Equatable {
        var place: RedactionPlace
        var action = RedactionAction.keep
        /// Pointer rules whose steps so far fit, a bit each.
        var alive: UInt64 = 0
        /// An object here is a schema: the member's name is the name of a property.
        var isName = false
    }

    var isObject: Bool
    var slot: Slot
    /// The key of the member that is read, as it is written down.
    var key: [UInt8] = []
    /// The element that is read.
    var index = 0
    var expectsKey: Bool
    /// Its members bear names that somebody else chose (`properties`).
    var holdsNames = false
    /// What the members so far say of whose answer it is.
    var said = Answer.unknown

    /// The raw values are part of checkpoints.
    enum Answer: UInt8, Sendable {
        case unknown = 0
        /// It has a member `action`: a person's, to an elicitation.
        case action = 1
        /// It has a member `role` or `model`: a model's, to sampling.
        case model = 2
    }
}
