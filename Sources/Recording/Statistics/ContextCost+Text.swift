extension ContextCost {
    /// What a person reads of it: a summary and its notes.
    public var lines: [String] {
        guard !isEmpty else { return [] }
        let called = neverCalled
        var lines = [
            "\(HumanText.counted(listed, "tool")) listed: \(ContextCost.cost(definitionBytes)) of definitions, "
                + "\(ContextCost.cost(resultBytes)) of results"
        ]
        if !called.isEmpty {
            let bytes = called.reduce(0) { $0 + ($1.definitionBytes ?? 0) }
            let names = called.prefix(8).map { DisplayText.oneLine($0.name, limit: 40) }.joined(
                separator: ", ")
            let more = called.count > 8 ? ", …" : ""
            lines.append(
                "never called: \(called.count), with \(ContextCost.cost(bytes)) of definitions: \(names)\(more)"
            )
        }
        if unreadLists > 0 {
            lines.append(
                "\(HumanText.counted(unreadLists, "list")) of tools could not be read: not recorded, or no list"
            )
        }
        if untold > 0 { lines.append("\(HumanText.count(untold)) further tools or calls are not counted") }
        lines.append("≈ tokens are an estimate: \(ContextCost.bytesPerToken) bytes of JSON text each")
        return lines
    }

    /// The head and a row for each of the `limit` tools that cost most.
    public func table(limit: Int) -> [[String]] {
        let rows = rows.prefix(limit)
        let servers = Set(tools(of: rows)).count
        var table = [["TOOL", "DEFINITION", "≈TOKENS", "CALLS", "RESULTS", "≈TOKENS"]]
        for tool in rows {
            let name = DisplayText.oneLine(tool.name, limit: 40)
            table.append([
                servers > 1 ? DisplayText.oneLine(tool.server, limit: 24) + " " + name : name,
                tool.definitionBytes.map { HumanText.size($0) } ?? "-",
                tool.definitionBytes.map { _ in HumanText.count(tool.definitionTokens) } ?? "-",
                HumanText.count(tool.calls), HumanText.size(tool.resultBytes),
                HumanText.count(tool.resultTokens),
            ])
        }
        return table
    }

    private func tools(of rows: some Sequence<Tool>) -> [String] { rows.map(\.server) }

    private static func cost(_ bytes: Int) -> String {
        "\(HumanText.size(bytes)) (≈ \(HumanText.count(tokens(ofBytes: bytes))) tokens)"
    }
}
