internal import MCPSemantics
public import Wire

extension JSONWriter {
    /// A row of `stats` as an object; the total has no method. Times in microseconds.
    public mutating func latency(_ row: LatencySummary.Row) {
        object { json in
            if let group = row.group {
                json.member("method", group.method)
                json.member("name", ifPresent: group.name)
                json.member("asker", group.asker == .clientToServer ? "client" : "server")
            }
            json.member("count", row.count)
            json.member("errors", row.errors)
            json.member("tool_errors", row.toolErrors)
            json.member("pending", row.pending)
            json.member("cancelled", row.cancelled)
            json.member("p50_us", ifPresent: row.p50.map { $0 / 1000 })
            json.member("p90_us", ifPresent: row.p90.map { $0 / 1000 })
            json.member("p99_us", ifPresent: row.p99.map { $0 / 1000 })
            json.member("max_us", ifPresent: row.max.map { $0 / 1000 })
            json.member("request_bytes", row.requestBytes)
            json.member("response_bytes", row.responseBytes)
            json.member("unmeasured", row.unmeasured)
        }
    }
}
