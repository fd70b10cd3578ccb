internal import MCPSemantics
public import Wire

/// The rows of `stats --json`: one object a line, `row` says which kind. Times in microseconds.
extension JSONWriter {
    /// A group, or with `kind` `other` or `total` what has no key.
    public mutating func statistics(_ row: Statistics.Row, kind: String, bucket: Int64 = 0) {
        object { json in
            json.member("row", kind)
            if let key = row.key { json.statistics(key, bucket: bucket) }
            json.counts(of: row)
            json.percentiles(row.duration, prefix: "")
            json.percentiles(row.firstEvent, prefix: "first_event_")
            json.percentiles(row.server, prefix: "server_")
            for wait in Wait.allCases {
                json.member("waited_\(wait.word)_us", (row.waited[wait] ?? 0) / 1000)
            }
            json.member("exact", row.isExact)
            json.member("request_bytes", row.requestBytes)
            json.member("response_bytes", row.responseBytes)
        }
    }

    /// One of the slowest operations.
    public mutating func slow(_ operation: SlowOperation) {
        object { json in
            json.member("row", "slowest")
            json.slowMembers(operation)
        }
    }

    /// What a tool costs of a model's context.
    public mutating func contextCost(_ tool: ContextCost.Tool) {
        object { json in
            json.member("row", "tool")
            json.member("server", tool.server)
            json.member("tool", tool.name)
            json.member("definition_bytes", ifPresent: tool.definitionBytes)
            json.member(
                "definition_tokens_estimate",
                ifPresent: tool.definitionBytes.map { _ in tool.definitionTokens })
            json.member("calls", tool.calls)
            json.member("result_bytes", tool.resultBytes)
            json.member("result_tokens_estimate", tool.resultTokens)
        }
    }

    /// All tools together.
    public mutating func contextCost(_ cost: ContextCost) {
        object { json in
            json.member("row", "context")
            json.member("tools_listed", cost.listed)
            json.member("tools_never_called", cost.neverCalled.count)
            json.member("lists", cost.lists)
            json.member("lists_unread", cost.unreadLists)
            json.member("uncounted", cost.untold)
            json.member("definition_bytes", cost.definitionBytes)
            json.member("definition_tokens_estimate", ContextCost.tokens(ofBytes: cost.definitionBytes))
            json.member("result_bytes", cost.resultBytes)
            json.member("result_tokens_estimate", ContextCost.tokens(ofBytes: cost.resultBytes))
            json.member("bytes_per_token", ContextCost.bytesPerToken)
        }
    }

    /// Where the time went. The parts sum to `total_us`.
    public mutating func breakdown(_ breakdown: RunBreakdown, sessions: Int, run: String?) {
        let parts = RunBreakdown.apportioned(
            breakdown.total / 1000,
            among: [
                breakdown.outside, breakdown.inServers, breakdown.person, breakdown.model, breakdown.client,
                breakdown.startUp,
            ])
        let shares = RunBreakdown.apportioned(parts[1], among: breakdown.servers.map(\.time))
        object { json in
            json.member("row", "time")
            json.member("run", ifPresent: run)
            json.member("sessions", sessions)
            json.member("total_us", breakdown.total / 1000)
            json.member("outside_us", parts[0])
            json.member("servers_us", parts[1])
            json.member("person_us", parts[2])
            json.member("model_us", parts[3])
            json.member("client_us", parts[4])
            json.member("startup_us", parts[5])
            json.member("servers") { json in
                json.array { json in
                    for (share, time) in zip(breakdown.servers, shares) {
                        json.object { json in
                            json.member("server", share.name)
                            json.member("us", time)
                        }
                    }
                }
            }
            json.member("silences", breakdown.silences)
            json.member("silence_us", breakdown.silence / 1000)
            json.member("clock", breakdown.isOnOneClock ? "boot" : "wall")
            json.member("bridged_us", breakdown.bridged / 1000)
            if let longest = breakdown.longest {
                json.member("longest") { json in json.object { json in json.slowMembers(longest) } }
            }
        }
    }

    mutating func statistics(_ key: StatisticsKey, bucket: Int64) {
        if let time = key.time {
            member("time", CivilTime(nanosecondsSince1970: time).text())
            member("bucket_us", bucket / 1000)
        }
        member("server", ifPresent: key.server)
        member("client", ifPresent: key.client)
        member("revision", ifPresent: key.revision)
        member("method", ifPresent: key.method)
        member("name", ifPresent: key.name)
        member("tool", ifPresent: key.tool)
        member("asker", key.asker == .clientToServer ? "client" : "server")
    }

    private mutating func counts(of row: Statistics.Row) {
        member("count", row.count)
        member("exchanges", row.rounds)
        member("errors", row.errors)
        member("tool_errors", row.toolErrors)
        member("cancelled", row.cancelled)
        member("late", row.late)
        member("pending", row.pending)
        member("never_answered", row.neverAnswered)
        member("answered", row.answered)
    }

    private mutating func percentiles(_ values: Percentiles, prefix: String) {
        member("\(prefix)p50_us", ifPresent: values.p50.map { $0 / 1000 })
        member("\(prefix)p90_us", ifPresent: values.p90.map { $0 / 1000 })
        member("\(prefix)p95_us", ifPresent: values.p95.map { $0 / 1000 })
        member("\(prefix)p99_us", ifPresent: values.p99.map { $0 / 1000 })
        member("\(prefix)max_us", ifPresent: values.max.map { $0 / 1000 })
    }

    private mutating func slowMembers(_ operation: SlowOperation) {
        member("session", operation.session.text)
        member("exchange", operation.number)
        member("server", operation.server)
        member("method", operation.method)
        member("name", ifPresent: operation.name)
        member("status", operation.outcome.word)
        member("exchanges", operation.rounds)
        member("duration_us", operation.duration / 1000)
        member("server_us", operation.serverTime / 1000)
    }
}
