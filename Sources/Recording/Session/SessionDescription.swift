/// What is known of a session when it begins. It never changes afterwards.
///
/// The journal stores its encoding beside the traffic, so that recovery needs nothing else.
public struct SessionDescription: Sendable, Equatable {
    public var id: SessionID
    /// The server name: `--name`, else derived from argv (`ServerName`).
    public var name: String
    /// `--tag k=v`, in the order given.
    public var tags: [Tag] = []
    /// `--run ID`. Nil: joined by the rule of runs.
    public var run: String?
    public var transport: Transport
    /// The listener that recorded it; nil on stdio, where the session has a recorder of its own.
    public var listener: SessionID?
    /// It is a listener, after which its sessions are described, and no session itself.
    public var isListener = false
    /// Over HTTP: a connection of HTTP+SSE, the transport of 2024-11-05.
    public var isEventSession = false
    /// The server's argv, with values that look like credentials masked; or the upstream's URL.
    public var command: [String] = []
    /// Positions in `command` where a value was masked.
    public var maskedArguments: [Int] = []
    public var workingDirectory: String?
    /// Names only, sorted. Values are never stored.
    public var environmentNames: [String] = []
    /// The process that asked for the recording: nearest ancestor that is neither ours nor a shell.
    public var host: HostProcess?
    /// The recording mcptape's own process id.
    public var recorderProcess: Int32?
    /// `/proc/sys/kernel/random/boot_id`; sessions of one boot share a time line.
    public var bootID: String?
    /// CLOCK_BOOTTIME at the session's zero, nanoseconds.
    public var startBoottime: Int64 = 0
    /// Wall clock at the session's zero, nanoseconds since 1970-01-01T00:00:00Z.
    public var startRealtime: Int64 = 0
    public var capture: CaptureMode = .payloads
    /// Of a listener: what is kept of single servers behind it, by name, where that is not `capture`.
    public var captureOfServers: [String: CaptureMode] = [:]
    /// Bytes of one message that are kept at most; 0 = no limit. `--message-limit`.
    public var messageLimit: Int = SessionDescription.defaultMessageLimit
    /// By which rules secrets are replaced in messages before they reach the store; nil: they are recorded as
    /// they are.
    public var redaction: RedactionRules?
    /// The mcptape that recorded it.
    public var recorderVersion: String = ""

    /// 256 MiB: product.md, law 2.
    public static let defaultMessageLimit = 256 << 20

    public init(id: SessionID, name: String, transport: Transport) {
        self.id = id
        self.name = name
        self.transport = transport
    }

    /// A label that the user gave with `--tag`.
    public struct Tag: Sendable, Hashable {
        public var key: String
        public var value: String
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// What carries the bytes.
    public enum Transport: String, Sendable, Hashable {
        case stdio
        case http
    }
}

/// 12 random characters of lower-case base32 without look-alikes; a unique prefix of four is enough to type.
public struct SessionID: Sendable, Hashable {
    public var text: String
    public init(_ text: String) { self.text = text }
}

/// What `--capture` keeps.
public enum CaptureMode: String, Sendable, Hashable, CaseIterable {
    /// Everything.
    case payloads
    /// Methods, names, ids, sizes and times; no payload bytes.
    case metadata
    /// Nothing but that the session took place.
    case off
}

/// The host that started the recorder.
public struct HostProcess: Sendable, Hashable {
    public var processID: Int32
    /// Start time in clock ticks since boot (`/proc/PID/stat` field 22), which with the pid names it for a
    /// boot.
    public var startTicks: UInt64
    /// Its executable's file name.
    public var name: String
    public init(processID: Int32, startTicks: UInt64, name: String) {
        self.processID = processID
        self.startTicks = startTicks
        self.name = name
    }
}
