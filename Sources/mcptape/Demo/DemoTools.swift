import Wire

/// The tools of the demo's server: what they are called, what they take, what they answer.
///
/// The answers depend on the arguments alone, so a recording of the demo is the same every time but for its
/// times.
enum DemoTools {
    /// The `tools` array of `tools/list`.
    static let definitions = #"""
        [{"name":"weather","description":"Tells the weather of a city.","inputSchema":{"type":"object",\#
        "properties":{"city":{"type":"string"}},"required":["city"]}},\#
        {"name":"search_notes","description":"Finds notes that hold a word.","inputSchema":{"type":"object",\#
        "properties":{"query":{"type":"string"},"limit":{"type":"integer"}},"required":["query"]}},\#
        {"name":"divide","description":"Divides a by b.","inputSchema":{"type":"object",\#
        "properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}},\#
        {"name":"build_report","description":"Takes its time, and says how far it is.",\#
        "inputSchema":{"type":"object","properties":{"pages":{"type":"integer"}}}}]
        """#

    /// The steps of `build_report`, each announced by a progress notification.
    static let reportSteps = ["reading", "thinking", "writing"]
    /// How long a step of `build_report` takes: long enough to stand out in a histogram.
    static let stepMilliseconds: UInt32 = 80

    private static let notes = [
        "Zürich: ask about the tram 🚋 tickets",
        "Swift 6: every warning is an error",
        "日本語のメモ: 議事録を送る",
        "swift release notes, to read before Friday",
    ]

    /// What a call answers: the JSON text of `content`, and whether it is an error of the tool.
    struct Answer {
        var content: String
        var isError = false
    }

    static func weather(city: String) -> Answer {
        let sky = ["☀️ 21 °C", "⛅ 16 °C", "🌧 11 °C", "❄️ −3 °C"]
        let pick = city.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % sky.count
        return text("\(city): \(sky[pick])")
    }

    static func searchNotes(query: String, limit: Int) -> Answer {
        let wanted = query.lowercased()
        let found = notes.filter { $0.lowercased().contains(wanted) }.prefix(max(0, limit))
        return text(found.isEmpty ? "no note holds “\(query)”" : found.joined(separator: "\n"))
    }

    static func divide(_ a: Int, by b: Int) -> Answer {
        guard b != 0 else {
            var answer = text("cannot divide \(a) by zero")
            answer.isError = true
            return answer
        }
        return text("\(Double(a) / Double(b))")
    }

    static func report(pages: Int) -> Answer {
        text(
            "A report of \(pages) pages. "
                + String(repeating: "Everything is fine. ", count: min(max(pages, 0), 40)))
    }

    private static func text(_ text: String) -> Answer {
        Answer(content: #"[{"type":"text","text":\#(quoted(text))}]"#)
    }

    /// `text` as a JSON string.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONText.quote(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
