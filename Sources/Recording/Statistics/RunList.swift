internal import MCPSemantics
public import Wire

extension Run {
    /// The newest start of its parts, and the newest event: wall clock, nanoseconds since 1970.
    public var newestStart: Int64 { parts.map(\.start).max() ?? 0 }
    public var newestEvent: Int64 { parts.map(\.end).max() ?? 0 }

    /// The start of its first part: wall clock, nanoseconds since 1970.
    public var start: Int64 { parts.map(\.start).min() ?? 0 }

    /// Nanoseconds from the start to the newest event.
    public var duration: Int64 { max(0, newestEvent.subtractingReportingOverflow(start).partialValue) }

    /// Server names, in the order in which their sessions began, each once.
    public var servers: [String] {
        var names: [String] = []
        for session in sessions where !names.contains(session.description.name) {
            names.append(session.description.name)
        }
        return names
    }

    /// How many exchanges it has, and how many of them failed.
    public var exchanges: Int { parts.reduce(0) { $0 + $1.exchanges } }
    public var errors: Int { parts.reduce(0) { $0 + $1.errors } }

    /// Whether one of its sessions is recorded now, and nothing of that is in a later run.
    public var isLive: Bool { parts.contains(where: \.isLive) }

    /// What joined its sessions, for a person.
    public var joinedBy: String {
        rules.isEmpty ? (sessions.count == 1 ? "-" : "nothing") : rules.map(\.text).joined(separator: " and ")
    }

    /// The runs of a source's sessions, the one that something began last in first: the first is `run:last`.
    public static func newestFirst(
        _ sessions: [SessionSummary], of source: any RecordingSource
    ) throws -> [Run] {
        newestFirst(try grouped(sessions, of: source))
    }

    /// Runs in that order.
    static func newestFirst(_ runs: [Run]) -> [Run] {
        runs.sorted { ($1.newestStart, $1.id) < ($0.newestStart, $0.id) }
    }
}

extension Run.Rule {
    /// The word in field names.
    public var word: String {
        switch self {
        case .named: "named"
        case .hostProcess: "host_process"
        case .trace: "trace"
        case .client: "client"
        }
    }
}

extension JSONWriter {
    /// A run as an object of `runs --json`.
    public mutating func run(_ run: Run) {
        object { json in
            json.member("run", run.id)
            json.member("started", CivilTime(nanosecondsSince1970: run.start).text(fraction: 6))
            json.member("duration_us", run.duration / 1000)
            json.member("live", run.isLive)
            json.member(
                "client", ifPresent: run.sessions.lazy.compactMap { $0.state.client?.peer?.name }.first)
            json.member("joined_by") { json in
                json.array { json in
                    for rule in run.rules {
                        json.object { json in
                            json.member("rule", rule.word)
                            json.member("text", rule.text)
                        }
                    }
                }
            }
            json.member("servers") { $0.strings(run.servers) }
            json.member("sessions") { json in json.strings(run.sessions.map(\.description.id.text)) }
            json.member("exchanges", run.exchanges)
            json.member("errors", run.errors)
            json.member("pending", run.parts.reduce(0) { $0 + $1.pending })
            json.member("gaps", run.sessions.reduce(0) { $0 + $1.state.gaps })
            if !run.parts.allSatisfy(\.isWhole) { json.parts(run.parts) }
        }
    }

    /// Which exchanges and which times of its sessions a run has.
    private mutating func parts(_ parts: [Run.Part]) {
        member("parts") { json in
            json.array { json in
                for part in parts {
                    json.object { json in
                        json.member("session", part.session.description.id.text)
                        json.member("from_us", part.span.from / 1000)
                        json.member("to_us", part.span.to / 1000)
                        json.member("first", part.stretch?.exchanges.lowerBound ?? 1)
                        if let stretch = part.stretch, !part.isLast {
                            json.member("last", stretch.exchanges.upperBound - 1)
                        }
                    }
                }
            }
        }
    }
}
