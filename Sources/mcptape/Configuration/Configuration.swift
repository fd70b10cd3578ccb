import Recording
import Store

/// What the configuration file says, checked; see `ConfigurationFile` for where it is.
struct Configuration {
    let file: ConfigurationFile
    private(set) var store: Located<String>?
    private(set) var journal: Located<String>?
    private(set) var capture: Located<CaptureMode>?
    private(set) var messageLimit: Located<Int>?
    private(set) var durable: Located<Bool>?
    private(set) var failClosed: Located<Bool>?
    private(set) var retention = RetentionSettings()
    private(set) var redaction = RedactionSettings()
    private(set) var drain: Located<Int64>?
    /// Nanoseconds, above 0.
    private(set) var slow: Located<Int64>?
    private(set) var logFormat: Located<Log.Format>?
    private(set) var logLevel: Located<Log.Level>?
    private(set) var otlp = CollectorSettings()
    /// By server name.
    private(set) var servers: [String: ServerSettings] = [:]
    private(set) var listeners: [ListenerSettings] = []

    /// A value and the line that says it.
    struct Located<Value> {
        var value: Value
        var line: Int
    }

    /// `retention:`. Seconds and bytes.
    struct RetentionSettings {
        var age: Located<Int64>?
        var size: Located<Int64>?
        var free: Located<Int64>?

        /// With the defaults for what is not said.
        var policy: RetentionPolicy {
            let standard = RetentionPolicy.standard
            return RetentionPolicy(
                age: age?.value ?? standard.age, size: size?.value ?? standard.size,
                free: free?.value ?? standard.free)
        }
    }

    /// `otlp:`
    struct CollectorSettings {
        var endpoint: Located<String>?
        /// Payloads too.
        var content: Located<Bool>?
    }

    /// `servers: {NAME: …}`
    struct ServerSettings {
        var capture: Located<CaptureMode>?
        /// Set on every request to an HTTP server of that name.
        var headers: [ConfigurationHeader] = []
    }

    private static let keys = [
        "store", "journal", "capture", "message_limit", "durable", "fail_closed", "retention", "redact",
        "drain", "slow", "log", "listeners", "servers", "otlp",
    ]

    /// The file that `--config`, the environment or the default place names; nil when there is none.
    static func read(flag: String?) throws(Failure) -> Configuration? {
        guard let file = try ConfigurationFile.read(flag: flag) else { return nil }
        return try Configuration(file)
    }

    init(_ file: ConfigurationFile) throws(Failure) {
        self.file = file
        guard let root = file.root else { return }
        var listenerNodes: [ConfigurationNode] = []
        for member in try root.members(Configuration.keys) {
            if member.key == "listeners" { listenerNodes = try member.value.elements() }
            try take(member)
        }
        for node in listenerNodes { listeners.append(try listener(node)) }
        try checkUnique(listenerNodes)
    }

    private mutating func take(_ member: ConfigurationNode.Member) throws(Failure) {
        let value = member.value
        switch member.key {
        case "store": store = Located(value: path(try value.text()), line: value.line)
        case "journal":
            let text = try value.text()
            journal = Located(value: text == "store" ? text : path(text), line: value.line)
        case "capture": capture = Located(value: try value.word(CaptureMode.self), line: value.line)
        case "message_limit": messageLimit = Located(value: try value.size(), line: value.line)
        case "durable": durable = Located(value: try value.flag(), line: value.line)
        case "fail_closed": failClosed = Located(value: try value.flag(), line: value.line)
        case "drain": drain = Located(value: try value.duration(), line: value.line)
        case "slow": try takeSlow(value)
        case "retention": try takeRetention(value)
        case "redact": redaction = try RedactionSettings(value, relativeTo: self)
        case "log": try takeLog(value)
        case "servers": try takeServers(value)
        case "otlp": try takeCollector(value)
        default: break
        }
    }

    private mutating func takeSlow(_ node: ConfigurationNode) throws(Failure) {
        let value = try node.duration()
        guard value > 0 else { throw node.expected("a duration above 0, as in 2s") }
        slow = Located(value: value, line: node.line)
    }

    private mutating func takeRetention(_ node: ConfigurationNode) throws(Failure) {
        for member in try node.members(["age", "size", "free"]) {
            let value = member.value
            switch member.key {
            case "age":
                retention.age = Located(value: try value.duration() / 1_000_000_000, line: value.line)
            case "size": retention.size = Located(value: Int64(try value.size()), line: value.line)
            default: retention.free = Located(value: Int64(try value.size()), line: value.line)
            }
        }
    }

    private mutating func takeLog(_ node: ConfigurationNode) throws(Failure) {
        for member in try node.members(["format", "level"]) {
            let value = member.value
            if member.key == "format" {
                logFormat = Located(value: try value.word(Log.Format.self), line: value.line)
            } else {
                logLevel = Located(value: try value.word(Log.Level.self), line: value.line)
            }
        }
    }

    private mutating func takeCollector(_ node: ConfigurationNode) throws(Failure) {
        for member in try node.members(["endpoint", "content"]) {
            let value = member.value
            if member.key == "endpoint" {
                otlp.endpoint = Located(value: try value.text(), line: value.line)
            } else {
                otlp.content = Located(value: try value.flag(), line: value.line)
            }
        }
    }

    private mutating func takeServers(_ node: ConfigurationNode) throws(Failure) {
        for server in try node.members() {
            if let fault = ServerName.fault(of: server.key) {
                throw ConfigurationNode.fault(
                    "'\(server.key)' \(fault), so it cannot be a server's name", at: server.mark,
                    of: file.path)
            }
            var settings = ServerSettings()
            for member in try server.value.members(["capture", "headers"]) {
                if member.key == "capture" {
                    settings.capture = Located(
                        value: try member.value.word(CaptureMode.self), line: member.value.line)
                } else {
                    settings.headers = try headers(member.value)
                }
            }
            servers[server.key] = settings
        }
    }

    /// A path of the file: seen from the directory that the file is in.
    func path(_ text: String) -> String {
        if text.hasPrefix("/") || text.hasPrefix("~/") { return StoreLocation.absolute(text) }
        let slash = file.path.lastIndex(of: "/") ?? file.path.startIndex
        return String(file.path[...slash]) + text
    }
}
