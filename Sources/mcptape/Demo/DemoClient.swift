import Glibc
import Wire

/// A small MCP client that talks to whatever process it is given: the server itself, `record`, or `replay`.
struct DemoClient {
    private var peer: DemoPipe
    private var framer = LineFramer()
    private var waiting: [[UInt8]] = []
    private var nextID = 1
    private let modern: Bool
    /// Every line that was sent and every line that came, in order, without line feeds.
    private(set) var sent: [String] = []
    private(set) var received: [String] = []

    init(_ command: [String], modern: Bool, isSilent: Bool = true) throws {
        peer = try DemoPipe.start(command, isSilent: isSilent)
        self.modern = modern
    }

    var processID: pid_t { peer.processID }

    /// The handshake of the era.
    mutating func connect() throws {
        if modern {
            _ = try ask("server/discover", "")
        } else {
            _ = try ask(
                "initialize",
                #""protocolVersion":"2025-11-25","capabilities":{},"#
                    + #""clientInfo":{"name":"mcptape-demo","version":"1.0.0"}"#)
            send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        }
    }

    /// Sends a request and reads until its answer is there. `members` is the JSON text of the params'
    /// members.
    mutating func ask(_ method: String, _ members: String, progress: Bool = false) throws -> String {
        let id = nextID
        nextID += 1
        var meta: [String] = []
        if progress { meta.append(#""progressToken":\#(id)"#) }
        if modern {
            meta.append(#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#)
            meta.append(#""io.modelcontextprotocol/clientInfo":{"name":"mcptape-demo","version":"1.0.0"}"#)
            meta.append(#""io.modelcontextprotocol/clientCapabilities":{}"#)
        }
        var params = members.isEmpty ? [] : [members]
        if !meta.isEmpty { params.append(#""_meta":{\#(meta.joined(separator: ","))}"#) }
        let tail = params.isEmpty ? "" : #","params":{\#(params.joined(separator: ","))}"#
        send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(tail)}"#)
        return try answer(to: id)
    }

    mutating func call(_ tool: String, _ arguments: String, progress: Bool = false) throws -> String {
        try ask("tools/call", #""name":"\#(tool)","arguments":\#(arguments)"#, progress: progress)
    }

    /// Says goodbye as a host does, by closing standard input, and answers the peer's exit status.
    mutating func finish() -> Int32 {
        peer.closeInput()
        while readLine() != nil {}
        return peer.wait()
    }

    /// Kills the peer where it stands.
    mutating func kill() {
        _ = Glibc.kill(peer.processID, SIGKILL)
        while readLine() != nil {}
        peer.closeInput()
        _ = peer.wait()
    }

    private mutating func send(_ line: String) {
        sent.append(line)
        peer.send(line)
    }

    private mutating func answer(to id: Int) throws -> String {
        while let line = readLine() {
            guard let tree = JSONTree(line[...]), tree.root["method"] == nil, tree.root["id"]?.intValue == id
            else {
                continue
            }
            return String(decoding: line, as: UTF8.self)
        }
        throw Failure(Failure.unavailable, "the demo's server ended before it answered request \(id)")
    }

    private mutating func readLine() -> [UInt8]? {
        while waiting.isEmpty {
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = read(peer.output, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return nil }
            framer.push(chunk[0..<count]) { waiting.append(Array($0.bytes)) }
        }
        let line = waiting.removeFirst()
        received.append(String(decoding: line, as: UTF8.self))
        return line
    }
}
