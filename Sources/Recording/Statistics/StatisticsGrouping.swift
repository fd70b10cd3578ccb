internal import MCPSemantics
public import Wire

/// By what operations are told apart: `--by`.
public struct StatisticsGrouping: Sendable, Equatable {
    public var dimensions: [Dimension]
    /// Nanoseconds of a bucket, when time is one of them.
    public var bucket: Int64

    /// One thing to tell apart by.
    public enum Dimension: Sendable, Hashable {
        case server
        case client
        case method
        /// The tool of a `tools/call`; everything else is one group.
        case tool
        case revision
        case time
        /// The tool, prompt or resource, beside its method: how it is without `--by`.
        case name
    }

    /// Per method and name.
    public static let standard = StatisticsGrouping(dimensions: [.method, .name], bucket: 0)

    /// The same of several servers.
    public static let byServer = StatisticsGrouping(dimensions: [.server, .method, .name])

    /// A bucket of 0 nanoseconds is to be chosen with `choosingBucket`.
    public init(dimensions: [Dimension], bucket: Int64 = 0) {
        self.dimensions = dimensions
        self.bucket = bucket
    }

    /// Why `--by` cannot be read.
    public struct Failure: Error, Sendable, Equatable {
        /// One line for a person, with what to type.
        public var message: String
    }

    /// Reads words such as `server`, `server,tool` or `time:5m`.
    public init(parsing words: [String]) throws(Failure) {
        self.init(dimensions: [])
        for word in words.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let dimension: Dimension
            switch parts[0] {
            case "server": dimension = .server
            case "client": dimension = .client
            case "method": dimension = .method
            case "tool": dimension = .tool
            case "revision": dimension = .revision
            case "time": dimension = .time
            default:
                let known = ["server", "client", "method", "tool", "revision", "time"]
                let close = ClosestWord.to(String(parts[0]), among: known).map { "did you mean \($0)? " }
                throw Failure(
                    message: "--by \(word): \(close ?? "")it takes server, client, method, tool, revision, "
                        + "time or time:5m")
            }
            if parts.count == 2 {
                guard dimension == .time, let width = Quantity.duration(parts[1]), width >= 1_000_000 else {
                    throw Failure(
                        message: "--by \(word): a width stands behind time only, and is at least a "
                            + "millisecond, such as time:5m")
                }
                bucket = width
            }
            guard !dimensions.contains(dimension) else {
                throw Failure(message: "--by says \(parts[0]) twice")
            }
            dimensions.append(dimension)
        }
    }

    /// The same with a width of time buckets, when none was said: the smallest usual one of which at most 30
    /// cover `span` nanoseconds.
    public func choosingBucket(for span: Int64) -> StatisticsGrouping {
        guard dimensions.contains(.time), bucket == 0 else { return self }
        let seconds: [Int64] = [1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400, 604_800]
        let widths = seconds.map { $0 * 1_000_000_000 }
        var copy = self
        copy.bucket = widths.first { span / $0 < 30 } ?? 604_800_000_000_000
        return copy
    }

    /// What an operation of a session is counted under.
    func key(of operation: Operation, in session: SessionSummary) -> StatisticsKey {
        var key = StatisticsKey(asker: operation.first.asker)
        for dimension in dimensions {
            switch dimension {
            case .server: key.server = session.description.name
            case .client: key.client = session.state.client?.peer?.name ?? ""
            case .method: key.method = operation.first.method
            case .tool:
                key.tool = operation.first.method == "tools/call" ? operation.first.name ?? "" : ""
            case .revision: key.revision = session.state.revision ?? ""
            case .time:
                let instant = session.description.startRealtime &+ operation.first.requestTime.nanoseconds
                key.time = instant - instant % max(1, bucket)
            case .name:
                let isNamed = StatisticsGrouping.named.contains(operation.first.method)
                key.name = isNamed ? operation.first.name : nil
            }
        }
        return key
    }

    /// Methods whose exchanges are told apart by name; elsewhere a name is an id, of which there is no end.
    private static let named: Set<String> = [
        "tools/call", "prompts/get", "resources/read", "resources/subscribe", "resources/unsubscribe",
        "completion/complete",
    ]
}

/// What is counted together. A member that was not asked for is nil; one that nothing is known of is empty.
public struct StatisticsKey: Sendable, Hashable {
    /// Who asked.
    public var asker: Direction
    public var server: String?
    public var client: String?
    public var method: String?
    public var name: String?
    public var tool: String?
    public var revision: String?
    /// Where the bucket of time begins, nanoseconds since 1970.
    public var time: Int64?

    public init(asker: Direction = .clientToServer) { self.asker = asker }

    /// What a row of a table is called.
    public var label: String {
        var parts: [String] = []
        if let time { parts.append(CivilTime(nanosecondsSince1970: time).text()) }
        if let server { parts.append(server) }
        if let client { parts.append(client.isEmpty ? "(unknown client)" : client) }
        if let revision { parts.append(revision.isEmpty ? "(no revision)" : revision) }
        if let method { parts.append(method) }
        if let name { parts.append(name) }
        if let tool { parts.append(tool.isEmpty ? "(no tool)" : tool) }
        let text = parts.map { DisplayText.oneLine($0, limit: 40) }.joined(separator: " ")
        return asker == .serverToClient ? "(server) " + text : text
    }
}
