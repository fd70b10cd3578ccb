import Glibc
import Wire

/// A small MCP server on standard input and output that speaks both eras, decided message by message.
///
/// It is what `mcptape demo` records: honest JSON-RPC over pipes, nothing of it knows of the recorder.
struct DemoServer {
    private static let identity = #"{"name":"mcptape-demo-server","version":"1.0.0"}"#
    private static let capabilities = #""capabilities":{"tools":{"listChanged":false}}"#
    private static let instructions =
        #""instructions":"Four tools about weather, notes, numbers and reports.""#

    /// Reads requests until standard input ends.
    mutating func run() {
        var framer = LineFramer()
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            framer.push(chunk[0..<count]) { frame in
                if frame.isFirst && frame.isLast { receive(frame.bytes) }
            }
        }
    }

    private func receive(_ line: ArraySlice<UInt8>) {
        guard let tree = JSONTree(line) else { return log("not JSON") }
        guard let method = tree.root["method"]?.stringValue, let id = tree.root["id"]?.textString else {
            return
        }
        let params = tree.root["params"]
        let stated = params?["_meta"]?["io.modelcontextprotocol/protocolVersion"]?.stringValue
        let modern = stated == "2026-07-28"
        switch method {
        case "initialize":
            answer(id, initializeMembers(wanted: params?["protocolVersion"]?.stringValue), modern: false)
        case "server/discover":
            answer(
                id,
                [
                    #""supportedVersions":["2026-07-28"]"#, Self.capabilities, Self.instructions,
                    #""ttlMs":0,"cacheScope":"private""#,
                ], modern: true)
        case "ping": answer(id, [], modern: modern)
        case "tools/list":
            let caching = modern ? [#""ttlMs":60000,"cacheScope":"private""#] : []
            answer(id, [#""tools":\#(DemoTools.definitions)"#] + caching, modern: modern)
        case "tools/call": call(id, params, modern: modern)
        default: refuse(id, -32601, "Method not found: \(method)")
        }
    }

    private func initializeMembers(wanted: String?) -> [String] {
        let known = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
        let revision = wanted.flatMap { known.contains($0) ? $0 : nil } ?? "2025-11-25"
        return [
            #""protocolVersion":"\#(revision)""#, Self.capabilities, #""serverInfo":\#(Self.identity)"#,
            Self.instructions,
        ]
    }

    private func call(_ id: String, _ params: JSONTree.Node?, modern: Bool) {
        let arguments = params?["arguments"]
        let tool = params?["name"]?.stringValue ?? ""
        let result: DemoTools.Answer
        switch tool {
        case "weather":
            result = DemoTools.weather(city: arguments?["city"]?.stringValue ?? "nowhere")
        case "search_notes":
            result = DemoTools.searchNotes(
                query: arguments?["query"]?.stringValue ?? "", limit: arguments?["limit"]?.intValue ?? 10)
        case "divide":
            result = DemoTools.divide(arguments?["a"]?.intValue ?? 0, by: arguments?["b"]?.intValue ?? 0)
        case "build_report":
            buildReport(token: params?["_meta"]?["progressToken"]?.textString)
            result = DemoTools.report(pages: arguments?["pages"]?.intValue ?? 3)
        default:
            return refuse(id, -32602, "Unknown tool: \(tool)")
        }
        answer(id, [#""content":\#(result.content)"#, #""isError":\#(result.isError)"#], modern: modern)
    }

    private func buildReport(token: String?) {
        for (index, step) in DemoTools.reportSteps.enumerated() {
            usleep(DemoTools.stepMilliseconds * 1000)
            guard let token else { continue }
            send(
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(token),"#
                    + #""progress":\#(index + 1),"total":\#(DemoTools.reportSteps.count),"message":"\#(step)"}}"#
            )
        }
        log("report written")
    }

    /// `members` are the result's members as JSON text; a modern one gets what every 2026-07-28 result
    /// carries.
    private func answer(_ id: String, _ members: [String], modern: Bool) {
        let common = [
            #""resultType":"complete""#, #""_meta":{"io.modelcontextprotocol/serverInfo":\#(Self.identity)}"#,
        ]
        let body = (members + (modern ? common : [])).joined(separator: ",")
        send(#"{"jsonrpc":"2.0","id":\#(id),"result":{\#(body)}}"#)
    }

    private func refuse(_ id: String, _ code: Int, _ message: String) {
        let quoted = DemoTools.quoted(message)
        send(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":\#(quoted)}}"#)
    }

    private func send(_ line: String) { DemoPipe.write(line + "\n", to: STDOUT_FILENO) }
    private func log(_ line: String) { DemoPipe.write("demo-server: \(line)\n", to: STDERR_FILENO) }
}
