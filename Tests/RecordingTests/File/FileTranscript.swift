import MCPSemantics
import Wire

@testable import Recording

/// A session and its file, made from lines such as `c {"id":1,…}`, `s …` and `e …`.
enum FileTranscript {
    static let id = SessionID("s")

    static func session(_ lines: [String], every step: Int64 = 1000) -> WholeSession {
        var recording = MemoryRecording(
            SessionDescription(id: id, name: "x", transport: .stdio), redactor: nil)
        for (place, line) in lines.enumerated() {
            let lane: Lane =
                switch line.prefix(2) {
                case "c ": .clientToServer
                case "s ": .serverToClient
                case "e ": .standardError
                default: fatalError("a line begins with c, s or e: \(line)")
                }
            let time = Timestamp(nanoseconds: Int64(place + 1) * step * 1000)
            recording.observe(Array(line.dropFirst(2).utf8)[...], on: lane, at: time)
        }
        return recording.session
    }

    static func request(_ id: Int, _ name: String, token: String? = nil) -> String {
        let meta = token.map { #","_meta":{"progressToken":\#($0)}"# } ?? ""
        return #"c {"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(name)"\#(meta)}}"#
    }

    static func answer(_ id: Int, _ value: String) -> String {
        #"s {"jsonrpc":"2.0","id":\#(id),"result":{"v":"\#(value)"}}"#
    }

    static func progress(_ token: String, _ value: Int) -> String {
        #"s {"jsonrpc":"2.0","method":"notifications/progress","#
            + #""params":{"progressToken":\#(token),"progress":\#(value)}}"#
    }

    /// A call and its answer.
    static func call(_ id: Int, _ name: String, _ value: String = "ok") -> [String] {
        [request(id, name), answer(id, value)]
    }

    /// By method and arguments.
    static func identify(_ exchange: Exchange, _ text: ArraySlice<UInt8>) -> RequestIdentity {
        let params = JSONTree(text)?.root["params"]
        let key = exchange.method + " " + (params?["name"]?.textString ?? "")
        return RequestIdentity(
            key: Array((key + " " + (params?["arguments"]?.textString ?? "")).utf8),
            isAskedAtWill: exchange.method != "tools/call")
    }

    static func lines(_ text: [UInt8]) -> [String] {
        String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
    }
}
