internal import Recording

extension FaultRule {
    /// The rule that one line says. Throws where and why it cannot be read.
    public init(_ text: String) throws(FaultRuleError) {
        try self.init(words: try FaultWord.words(of: text), text: text)
    }

    /// The rule that consists of `words`, which need not have stood in one line. Throws with the number of
    /// the word that cannot be read.
    public init(words: [FaultWord]) throws(FaultRuleError) {
        try self.init(words: words, text: words.map(\.written).joined(separator: " "))
    }

    private init(words: [FaultWord], text: String) throws(FaultRuleError) {
        self.init(text: text)
        var met: Set<String> = []
        for (index, word) in words.enumerated() {
            let reading = FaultReading(word: word, index: index)
            guard FaultWord.names.contains(word.name) else { throw reading.unknown }
            guard met.insert(word.name).inserted else {
                throw reading.error("\(word.name) stands there twice", hint: "write two rules")
            }
            if FaultWord.conditions.contains(word.name) {
                try read(condition: reading)
            } else if word.name != "retry_after" {
                actions.append(try reading.action())
            }
        }
        try readRetryAfter(words)
        guard actions.isEmpty else { return }
        throw FaultRuleError(
            column: max(1, text.count), message: "the rule does not say what goes wrong",
            hint: "add one of " + FaultWord.actions.filter { $0 != "retry_after" }.joined(separator: ", "))
    }

    private mutating func read(condition: FaultReading) throws(FaultRuleError) {
        switch condition.word.name {
        case "method": methods = try condition.list().map { TextPattern($0) }
        case "tool": tools = try condition.list().map { TextPattern($0) }
        case "server": servers = try condition.list().map { TextPattern($0) }
        case "id": ids = try condition.list()
        case "p": probability = try condition.probability()
        case "every":
            guard turns == .all else { throw condition.error("nth and every exclude each other") }
            turns = .every(try condition.count())
        default:
            guard turns == .all else { throw condition.error("nth and every exclude each other") }
            turns = .range(try condition.turns())
        }
    }

    /// `retry_after` belongs to `http`, in whichever order they stand.
    private mutating func readRetryAfter(_ words: [FaultWord]) throws(FaultRuleError) {
        guard let index = words.firstIndex(where: { $0.name == "retry_after" }) else { return }
        let reading = FaultReading(word: words[index], index: index)
        let nanoseconds = try reading.duration(try reading.value(), "2s")
        for (place, action) in actions.enumerated() {
            guard case .http(let status, _) = action else { continue }
            // The header counts in whole seconds; a shorter wait than asked for would be another test.
            let seconds = (nanoseconds + 999_999_999) / 1_000_000_000
            actions[place] = .http(status: status, retryAfter: Int(seconds))
            return
        }
        throw reading.error("retry_after goes with http:", hint: "http:429 retry_after:2s")
    }
}

/// Reads one word's value.
private struct FaultReading {
    var word: FaultWord
    var index: Int

    func error(_ message: String, hint: String? = nil) -> FaultRuleError {
        FaultRuleError(word: index, column: word.column, message: message, hint: hint)
    }

    var unknown: FaultRuleError {
        let close = ClosestWord.to(word.name, among: FaultWord.names)
        return error(
            "unknown word '\(word.name)'",
            hint: close.map { "did you mean \($0)?" }
                ?? "the words are " + FaultWord.names.joined(separator: " "))
    }

    func value() throws(FaultRuleError) -> String {
        guard let value = word.value, !value.isEmpty else {
            throw error("\(word.name) needs a value", hint: FaultReading.example(of: word.name))
        }
        return value
    }

    private static func example(of name: String) -> String {
        switch name {
        case "delay": "delay:500ms"
        case "error": "error:-32603:text"
        case "tool_error": "tool_error:text"
        case "http": "http:429 retry_after:2s"
        case "retry_after": "retry_after:2s"
        case "junk": "junk:text"
        case "nth": "nth:2 or nth:2..4"
        case "every": "every:3"
        case "p": "p:0.1"
        default: "\(name):search, \(name):get_* or \(name):a,b"
        }
    }

    private func wrong(_ value: some StringProtocol) -> FaultRuleError {
        error("cannot read \(word.name):\(value)", hint: "write " + FaultReading.example(of: word.name))
    }

    func list() throws(FaultRuleError) -> [String] {
        let values = try value().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !values.contains("") else { throw error("\(word.name): has an empty value in its list") }
        return values
    }

    func count() throws(FaultRuleError) -> Int {
        let text = try value()
        guard let count = Int(text), count > 0 else { throw wrong(text) }
        return count
    }

    func turns() throws(FaultRuleError) -> ClosedRange<Int> {
        let text = try value()
        guard let dots = text.firstRange(of: "..") else {
            let turn = try count()
            return turn...turn
        }
        let (head, tail) = (text[..<dots.lowerBound], text[dots.upperBound...])
        let least = head.isEmpty ? 1 : Int(head)
        let most = tail.isEmpty ? Int.max : Int(tail)
        guard let least, let most, least > 0, least <= most, head.count + tail.count > 0 else {
            throw wrong(text)
        }
        return least...most
    }

    func probability() throws(FaultRuleError) -> Double {
        let text = try value()
        guard let chance = Double(text), (0...1).contains(chance) else { throw wrong(text) }
        return chance
    }

    func duration(_ text: some StringProtocol, _ example: String) throws(FaultRuleError) -> Int64 {
        guard let duration = Quantity.duration(text) else {
            throw error(
                "cannot read '\(text)' as a duration", hint: "write a number with a unit, as in \(example)")
        }
        guard duration <= FaultDelay.limit else { throw error("\(text) is longer than a day") }
        return duration
    }

    func action() throws(FaultRuleError) -> FaultAction {
        switch word.name {
        case "delay": return .delay(try delay())
        case "error": return try rpcError()
        case "tool_error": return .toolError(try value())
        case "http":
            let text = try value()
            guard let status = Int(text), (400...599).contains(status) else {
                throw error("http: takes a status from 400 to 599", hint: "http:429 retry_after:2s")
            }
            return .http(status: status, retryAfter: nil)
        case "junk":
            let text = try value()
            guard !text.contains(where: \.isNewline) else { throw error("junk: is one line") }
            return .junk(text)
        case "trickle":
            return .trickle(
                pause: try word.value.map { text throws(FaultRuleError) in
                    try duration(text, "1ms")
                } ?? FaultReading.pause)
        default: return try plain()
        }
    }

    /// Long enough that the peer's reads see single bytes, short enough that an answer comes within seconds.
    private static let pause: Int64 = 1_000_000

    private func plain() throws(FaultRuleError) -> FaultAction {
        if let value = word.value { throw error("\(word.name) takes no value, but there is '\(value)'") }
        switch word.name {
        case "drop": return .drop
        case "disconnect": return .disconnect
        case "malformed": return .malformed
        case "duplicate": return .duplicate
        case "wrong_id": return .wrongID
        case "kill": return .kill
        default: throw unknown
        }
    }

    /// `-32603:text`, or a code alone.
    private func rpcError() throws(FaultRuleError) -> FaultAction {
        let text = try value()
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let code = Int(parts[0]) else { throw wrong(text) }
        return .error(code: code, message: parts.count > 1 ? String(parts[1]) : "injected by mcptape")
    }

    private func delay() throws(FaultRuleError) -> FaultDelay {
        let text = try value()
        if text.hasPrefix("lognormal(") {
            let inner = text.dropFirst("lognormal(".count).dropLast()
            let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
            guard text.hasSuffix(")"), parts.count == 2,
                let sigma = Double(parts[1].filter { $0 != " " }), (0...5).contains(sigma)
            else {
                throw error(
                    "cannot read \(word.name):\(text)",
                    hint: "write delay:lognormal(200ms,0.5): the median, and a sigma from 0 to 5")
            }
            return .logNormal(median: try duration(parts[0].filter { $0 != " " }, "200ms"), sigma: sigma)
        }
        guard let dots = text.firstRange(of: "..") else { return .fixed(try duration(text, "500ms")) }
        let least = try duration(text[..<dots.lowerBound], "100ms..2s")
        let most = try duration(text[dots.upperBound...], "100ms..2s")
        guard least <= most else { throw error("\(text) ends before it begins") }
        return .uniform(least, most)
    }
}
