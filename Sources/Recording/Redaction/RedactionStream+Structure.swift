import MCPSemantics
import Wire

/// Brackets, keys, and what is done with the value behind them.
extension RedactionStream {
    /// Bytes of a key that is judged.
    private static let keyLimit = 1024

    /// Reads one token; nil when it is not here yet.
    mutating func structure(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        let at = RedactionStream.afterSpace(bytes, start)
        guard at < bytes.count else { return at }
        guard !isOver else { return leave(at) }
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return open(bytes, at, &output)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return close(bytes, at, &output)
        case UInt8(ascii: ":"):
            if !frames.isEmpty { frames[frames.count - 1].expectsKey = false }
            return at + 1
        case UInt8(ascii: ","): return comma(at)
        case 0x22:
            if tooDeep == 0, let frame = frames.last, frame.isObject, frame.expectsKey {
                return key(bytes, at, isLast: isLast, &output)
            }
            return beginString(bytes, at, &output)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            return literal(bytes, at, isLast: isLast, &output)
        default:
            guard byte &- 48 < 10 || byte == UInt8(ascii: "-") else { return leave(at) }
            return beginNumber(bytes, at, &output)
        }
    }

    /// It is no JSON from here on.
    private mutating func leave(_ at: Int) -> Int {
        mode = .text
        return at
    }

    private mutating func comma(_ at: Int) -> Int {
        guard tooDeep == 0, let frame = frames.last else { return at + 1 }
        if frame.isObject {
            frames[frames.count - 1].expectsKey = true
        } else {
            frames[frames.count - 1].index += 1
            slot = inner(nil, name: nil)
        }
        return at + 1
    }

    private mutating func open(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ output: inout RedactionOutput
    ) -> Int {
        guard tooDeep == 0, frames.count < RedactionFrame.depthLimit else {
            tooDeep += 1
            return at + 1
        }
        let isObject = bytes[at] == UInt8(ascii: "{")
        if frames.isEmpty, !isObject { slot.place = .batch }
        if slot.isName, isObject {
            slot.place = .schema
            slot.action = .keep
        }
        if slot.action.form == .empty, mutedDepth == nil {
            output.flush(to: at + 1, of: bytes, isMuted: false)
            mutedDepth = frames.count
            output.isEdited = true
            note(slot.action.rule)
        }
        var frame = RedactionFrame(isObject: isObject, slot: slot, expectsKey: isObject)
        if isObject, let key = frames.last?.key, frames.last?.isObject ?? false {
            frame.holdsNames = RedactionPlace.holdsNames(key)
        }
        frames.append(frame)
        if !isObject { slot = inner(nil, name: nil) }
        return at + 1
    }

    private mutating func close(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ output: inout RedactionOutput
    ) -> Int {
        guard tooDeep == 0 else {
            tooDeep -= 1
            return at + 1
        }
        guard let frame = frames.popLast(), frame.isObject == (bytes[at] == UInt8(ascii: "}")) else {
            return leave(at)
        }
        if mutedDepth == frames.count {
            output.flush(to: at, of: bytes, isMuted: true)
            mutedDepth = nil
        }
        isOver = frames.isEmpty
        return at + 1
    }

    // MARK: Keys

    private mutating func key(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        guard let end = RedactionStream.stringEnd(bytes, at + 1) ?? (isLast ? bytes.count : nil) else {
            guard bytes.count - at > Self.keyLimit else { return nil }
            return longKey(at)
        }
        guard end - at <= Self.keyLimit else { return longKey(at) }
        let raw = UnsafeBufferPointer(rebasing: bytes[at + 1..<end])
        let name = raw.contains(0x5C) ? RedactionStream.unescaped(raw) : Array(raw)
        frames[frames.count - 1].key = searchedKey(bytes, at + 1..<end, name, &output)
        if frames[frames.count - 1].key.count > RedactionFrame.keyLimit {
            frames[frames.count - 1].key.removeLast(
                frames[frames.count - 1].key.count - RedactionFrame.keyLimit)
        }
        if RedactionPlace.is(name, "action") { frames[frames.count - 1].said = .action }
        if RedactionPlace.is(name, "role") || RedactionPlace.is(name, "model") {
            frames[frames.count - 1].said = .model
        }
        let isSecret = name.withUnsafeBufferPointer { plan.isSecretName($0) }
        slot = inner(name, name: isSecret)
        return min(bytes.count, end + 1)
    }

    private mutating func longKey(_ at: Int) -> Int {
        frames[frames.count - 1].key = Array("…".utf8)
        slot = inner(Array("…".utf8), name: false)
        mode = .longKey
        return at + 1
    }

    /// Replaces secrets inside of a key; the key as it is recorded.
    private mutating func searchedKey(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ name: [UInt8],
        _ output: inout RedactionOutput
    ) -> [UInt8] {
        let text = UnsafeBufferPointer(rebasing: bytes[range])
        guard plan.grams.firstOffset(in: text, from: 0) < text.count else { return name }
        var inside = RedactionStream(
            plan: plan, prepared: prepared, context: RedactionContext(direction: nil))
        inside.mode = .text
        guard let redacted = inside.redacted(Array(text)[...]) else { return name }
        output.flush(to: range.lowerBound, of: bytes, isMuted: mutedDepth != nil)
        if mutedDepth == nil { output.bytes += redacted }
        output.copied = range.upperBound
        output.isEdited = true
        frames[frames.count - 1].key = redacted
        for redaction in inside.redactions where redactions.count < Redaction.limit {
            note(.value, label: String(redaction.rule.dropFirst(redaction.rule.hasPrefix("value:") ? 6 : 0)))
        }
        return redacted
    }

    // MARK: What is done with a value

    /// What is known of the member called `key`, or of the next element; `name` is nil for an element, and
    /// says whether the member's name is a secret's.
    private func inner(_ key: [UInt8]?, name isSecret: Bool?) -> RedactionFrame.Slot {
        guard let frame = frames.last else { return slot }
        var slot = RedactionFrame.Slot(place: frame.slot.place.inner(key))
        slot.action = frame.slot.action
        if frame.slot.alive != 0 {
            var isKept = false
            (slot.alive, slot.action, isKept) = pointers(frame, key, slot.action)
            if isKept {
                slot.place = .protected
                return slot
            }
        }
        if slot.action.form != .keep {
            if slot.action.form == .shape, slot.place == .human, let key, RedactionPlace.isProtocolWord(key) {
                slot.action = .keep
            }
            return slot
        }
        if let human = humanContent(frame, key) {
            slot.action = human
            if human.form != .keep { slot.place = .human }
            return slot
        }
        guard isSecret ?? false, slot.place.judgesNames, frame.slot.place.judgesNames else { return slot }
        slot.action = RedactionAction(.replace, .key)
        slot.isName = frame.holdsNames
        return slot
    }

    /// The pointer rules that go on through the member, and what they do when one ends there.
    private func pointers(
        _ frame: RedactionFrame, _ key: [UInt8]?, _ action: RedactionAction
    ) -> (alive: UInt64, action: RedactionAction, isKept: Bool) {
        // A batch's members are messages: pointers begin there.
        if frame.slot.place == .batch { return (frame.slot.alive, action, false) }
        let base = frames.first?.slot.place == .batch ? 1 : 0
        let depth = frames.count - 1 - base
        var (alive, action, isKept) = (UInt64(0), action, false)
        for (rule, steps) in plan.steps.enumerated() where frame.slot.alive >> UInt64(rule) & 1 == 1 {
            guard depth < steps.count else { continue }
            if let step = steps[depth], step != key ?? Array("\(frame.index)".utf8) { continue }
            if depth + 1 < steps.count {
                alive |= 1 << UInt64(rule)
            } else if rule < plan.firstKeptPointer {
                action = RedactionAction(.replace, .pointer)
            } else {
                (action, isKept) = (.keep, true)
            }
        }
        return (alive, action, isKept)
    }

    /// What is done with a prompt or with a person's answer; nil when the member is neither.
    private func humanContent(_ frame: RedactionFrame, _ key: [UInt8]?) -> RedactionAction? {
        let rules = plan.rules
        guard rules.sampling != .full || rules.elicitation != .full, let key else { return nil }
        switch frame.slot.place {
        case .params where context.direction == .serverToClient:
            let isPrompt = RedactionPlace.is(key, "messages") || RedactionPlace.is(key, "systemPrompt")
            return isPrompt ? RedactionAction(keeping: rules.sampling, .sampling) : nil
        case .result where RedactionPlace.is(key, "content"):
            guard context.direction == .clientToServer else { return nil }
            if frame.said == .action || context.method == "elicitation/create" {
                return RedactionAction(keeping: rules.elicitation, .elicitation)
            }
            if frame.said == .model || context.method == "sampling/createMessage" {
                return RedactionAction(keeping: rules.sampling, .sampling)
            }
            return RedactionAction(keeping: rules.sampling.stricter(rules.elicitation), .sampling)
        default: return nil
        }
    }
}
