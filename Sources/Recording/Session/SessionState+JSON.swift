import MCPSemantics
import Wire

/// The state as JSON: a column of the store.
///
/// A later version only ever adds members; unknown ones are ignored, absent ones are as in a new state.
extension SessionState {
    /// One JSON object without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { state in
            if let client { state.member("client") { client.write(to: &$0) } }
            if let server { state.member("server") { server.write(to: &$0) } }
            state.member("revision", ifPresent: revision)
            state.member("eras") { $0.strings(eras.map(\.word)) }
            if !traces.isEmpty { state.member("traces") { $0.strings(traces) } }
            state.member("client_address", ifPresent: clientAddress)
            state.member("messages") { messages.write(to: &$0) }
            state.member("bytes") { bytes.write(to: &$0) }
            state.member("standard_error_lines", standardErrorLines)
            state.member("foreign_lines") { foreignLines.write(to: &$0) }
            state.member("exchanges", exchanges)
            state.member("errors", errors)
            state.member("tool_errors", toolErrors)
            state.member("pending", pending)
            state.member("gaps", gaps)
            state.member("gap_bytes", gapBytes)
            state.member("last_time_ns", lastTime.nanoseconds)
            if let end { state.member("end") { end.write(to: &$0) } }
            if let startFailure { state.member("start_failure") { startFailure.write(to: &$0) } }
        }
        return json.bytes
    }

    /// Reads what `encodedJSON` wrote. Nil when it is not a JSON object.
    public init?(json: some Collection<UInt8>) {
        guard let root = JSONTree(ArraySlice(json))?.root, root.kind == .object else { return nil }
        self.init()
        client = root["client"].flatMap { Handshake(json: $0) }
        server = root["server"].flatMap { Handshake(json: $0) }
        revision = root["revision"]?.stringValue
        eras = root["eras"]?.strings.compactMap { Era(word: $0) } ?? []
        for trace in root["traces"]?.strings ?? [] { note(trace: trace) }
        clientAddress = root["client_address"]?.stringValue
        messages = Tally(json: root["messages"])
        bytes = Tally(json: root["bytes"])
        standardErrorLines = root.count("standard_error_lines")
        foreignLines = Tally(json: root["foreign_lines"])
        exchanges = root.count("exchanges")
        errors = root.count("errors")
        toolErrors = root.count("tool_errors")
        pending = root.count("pending")
        gaps = root.count("gaps")
        gapBytes = root.count("gap_bytes")
        lastTime = Timestamp(nanoseconds: Int64(root["last_time_ns"]?.intValue ?? 0))
        end = root["end"].flatMap { SessionEnd(json: $0) }
        startFailure = root["start_failure"].flatMap { StartFailure(json: $0) }
    }
}

extension SessionState.Tally {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member(Direction.clientToServer.word, clientToServer)
            $0.member(Direction.serverToClient.word, serverToClient)
        }
    }

    fileprivate init(json: JSONTree.Node?) {
        self.init()
        clientToServer = json?.count(Direction.clientToServer.word) ?? 0
        serverToClient = json?.count(Direction.serverToClient.word) ?? 0
    }
}

extension SessionEnd {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { end in
            end.member("reason", reason.rawValue)
            end.member("time_ns", time.nanoseconds)
            switch exit {
            case .code(let code): end.member("exit_code", code)
            case .signal(let signal): end.member("exit_signal", signal)
            case nil: break
            }
        }
    }

    /// A reason that only a later version knows is `unknown`.
    fileprivate init?(json: JSONTree.Node) {
        guard let word = json["reason"]?.stringValue else { return nil }
        self.init(
            reason: Reason(rawValue: word) ?? .unknown,
            time: Timestamp(nanoseconds: Int64(json["time_ns"]?.intValue ?? 0)))
        if let code = json["exit_code"]?.intValue.flatMap({ Int32(exactly: $0) }) { exit = .code(code) }
        if let signal = json["exit_signal"]?.intValue.flatMap({ Int32(exactly: $0) }) {
            exit = .signal(signal)
        }
    }
}

extension StartFailure {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("errno", errno)
            $0.member("command", command)
            $0.member("searched_path", ifPresent: searchedPath)
            $0.member("working_directory", workingDirectory)
        }
    }

    fileprivate init?(json: JSONTree.Node) {
        guard let errno = json["errno"]?.intValue.flatMap({ Int32(exactly: $0) }),
            let command = json["command"]?.stringValue
        else { return nil }
        self.init(
            errno: errno, command: command, searchedPath: json["searched_path"]?.stringValue,
            workingDirectory: json["working_directory"]?.stringValue ?? "")
    }
}

extension JSONTree.Node {
    /// The member `key` as a count; 0 when it is absent or no count.
    fileprivate func count(_ key: String) -> Int { max(0, self[key]?.intValue ?? 0) }
}
