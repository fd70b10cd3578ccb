/// What the demo's client says.
enum DemoScript {
    /// A conversation with every sort of outcome: fast, slow with progress, unicode, a tool error, a protocol
    /// error.
    static func play(on client: inout DemoClient) throws {
        try client.connect()
        _ = try client.ask("tools/list", "")
        for city in ["Zürich", "東京", "São Paulo", "Reykjavík"] {
            _ = try client.call("weather", #"{"city":"\#(city)"}"#)
        }
        _ = try client.call("search_notes", #"{"query":"swift","limit":5}"#)
        _ = try client.call("build_report", #"{"pages":3}"#, progress: true)
        _ = try client.call("divide", #"{"a":1,"b":3}"#)
        _ = try client.call("divide", #"{"a":1,"b":0}"#)
        _ = try client.call("wether", #"{"city":"Zürich"}"#)
        for number in 1...12 { _ = try client.call("divide", #"{"a":\#(number * 10),"b":4}"#) }
    }

    /// Many quick calls, so that a SIGKILL falls into the middle of something.
    static func burst(on client: inout DemoClient, calls: Int) throws {
        try client.connect()
        for number in 1...calls { _ = try client.call("divide", #"{"a":\#(number),"b":7}"#) }
    }
}
