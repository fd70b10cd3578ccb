import Wire

extension NearestMiss {
    /// The diagnosis in one line, as SDKs show it: they hide everything else of an error.
    public var message: String { "mcptape: \(line)" }

    /// The same without our name before it, for where it stands already.
    public var line: String {
        var line = "\(OneLine.text(subject, limit: 200)) \(diagnosis) ("
        line += OneLine.text(recording, limit: 400)
        if let gap = gaps.last, reason != .lostInGap {
            let isOnly = gaps.count == 1
            line += isOnly ? ", which has a gap" : ", which has \(gaps.count) gaps"
            if let exchange = gap.afterExchange { line += "\(isOnly ? "" : ", the last") after #\(exchange)" }
        }
        line += ")"
        switch resolution {
        case .nearest: return line + "; the answer of \(number) was given"
        case .failed(let reason):
            return line + "; the real server did not answer: " + OneLine.text(reason, limit: 400)
        case nil: return line
        }
    }

    /// Method and name, as in `tools/call search`.
    private var subject: String { name.map { "\(method) \($0)" } ?? method }

    private var diagnosis: String {
        switch reason {
        case .methodNeverRecorded:
            known.isEmpty
                ? "was never recorded; the recording holds no request at all"
                : "was never recorded; recorded methods: \(knownList)"
        case .nameNeverRecorded:
            known.isEmpty
                ? "was never recorded" : "was never recorded; \(method) was recorded for: \(knownList)"
        case .differs:
            "was not recorded like this; nearest is \(number)\(place)"
        case .redactedValueChanged:
            "has another secret at \(pointer) than before; the recording has one and the same in all places "
                + "that \(number) has it in"
        case .exhausted:
            "is \(number) of the recording, was recorded \(times), and is made once more"
        case .outOfOrder:
            expected.map { "is \(number) of the recording, but \($0.text) is next there" }
                ?? "is \(number) of the recording, which has no request left"
        case .lostInGap:
            "is \(number) of the recording, but its answer was lost in a gap"
        case .interrupted:
            "is \(number) of the recording, but the recording was interrupted before its answer"
        case .stillRecording:
            "is \(number) of the recording, but it had no answer yet when the recording was read"
        case .serverEnded:
            "is \(number) of the recording, but the server ended before it answered"
        case .truncated:
            "is \(number) of the recording, but its answer is longer than the recording's message limit was"
        case .incomplete:
            "is \(number) of the recording, but its answer is not completely on record"
        case .notRPC:
            "has an id, but is no JSON-RPC 2.0 request: that has \"jsonrpc\":\"2.0\" and a method"
        case .tooDeep:
            "has an id, but is nested deeper than \(JSONText.depthLimit) levels"
        case .invalidUTF8:
            "has an id, but a string in it is not valid UTF-8"
        case .otherEra:
            "is of the protocol's other era than the recording, which --translate-era translates where that is "
                + "exact"
        case .notTranslatable:
            nearest == nil
                ? "cannot be translated: the recording has nothing that it could be made of"
                : "is \(number) of the recording, but cannot be translated exactly for a client of the other era"
        case .notJSON:
            "has an id, but is not valid JSON"
        }
    }

    private var number: String { nearest.map { "#\($0)" } ?? "a request" }

    private var times: String {
        switch recordedTimes ?? 1 {
        case 1: "once"
        case 2: "twice"
        case let times: "\(times) times"
        }
    }

    private var pointer: String {
        let pointer = differences.first?.pointer ?? ""
        return pointer.isEmpty ? "params" : OneLine.text(pointer, limit: 120)
    }

    private var place: String {
        guard let first = differences.first else { return "" }
        var text =
            ", differs at \(OneLine.text(first.pointer.isEmpty ? "params" : first.pointer, limit: 120))"
        text += ": recorded \(Self.shown(first.recorded)), got \(Self.shown(first.got))"
        let more = differences.count - 1
        if more > 0 { text += more == 1 ? ", and at 1 more place" : ", and at \(more) more places" }
        return text
    }

    private static func shown(_ value: String?) -> String {
        value.map { OneLine.text($0, limit: 60) } ?? "nothing"
    }

    private var knownList: String {
        let shown = known.prefix(8).map { OneLine.text($0, limit: 60) }
        let more = knownCount - shown.count
        return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}

/// Text made fit for one line.
enum OneLine {
    /// `text` on one line, cut after `limit` characters; line ends, other controls and marks that turn the
    /// direction of text become spaces.
    static func text(_ text: String, limit: Int) -> String {
        var line = ""
        var count = 0
        for character in text.unicodeScalars {
            guard count < limit else { return line + "…" }
            switch (character.properties.generalCategory, character) {
            case (.control, _), (.lineSeparator, _), (.paragraphSeparator, _),
                (_, "\u{200E}"..."\u{200F}"), (_, "\u{202A}"..."\u{202E}"), (_, "\u{2066}"..."\u{2069}"):
                line.unicodeScalars.append(" ")
            default: line.unicodeScalars.append(character)
            }
            count += 1
        }
        return line
    }
}
