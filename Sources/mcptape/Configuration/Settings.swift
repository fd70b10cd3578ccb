import Journal
import Recording
import Store

/// Every setting with its value and where it came from: flag, environment, file, default, in this order.
struct Settings {
    let configuration: Configuration?
    let store: Setting<StoreLocation>
    let journal: Setting<String?>
    let capture: Setting<CaptureMode>
    let messageLimit: Setting<Int>
    let durable: Setting<Bool>
    let failClosed: Setting<Bool>
    let drain: Setting<Int64>
    /// From how long on an exchange is slow. Nanoseconds.
    let slow: Setting<Int64>
    let logFormat: Setting<Log.Format>
    let logLevel: Setting<Log.Level>
    let age: Setting<Int64?>
    let size: Setting<Int64?>
    let free: Setting<Int64?>
    let redactionIsOff: Setting<Bool>
    /// Files with rules: those of the configuration, then those of the flags.
    let redactionFiles: Setting<[String]>
    let sampling: Setting<RedactionRules.HumanContent>
    let elicitation: Setting<RedactionRules.HumanContent>
    /// By which rules secrets are replaced; nil: they are not.
    let redaction: RedactionRules?

    /// What the flags of a command say; nil: nothing.
    struct Flags {
        var journal: String?
        var capture: CaptureMode?
        var messageLimit: Int?
        var durable = false
        var failClosed = false
        var drain: Int64?
        var noRedact = false
        var redactionFiles: [String] = []
        var sampling: RedactionRules.HumanContent?
        var elicitation: RedactionRules.HumanContent?
        var quiet = false

        /// A flag says how secrets are replaced, so they are, whatever the file says.
        fileprivate var asksForRedaction: Bool {
            !redactionFiles.isEmpty || sampling != nil || elicitation != nil
        }
    }

    init(_ global: GlobalOptions, _ flags: Flags, _ configuration: Configuration?) throws {
        self.configuration = configuration
        let path = configuration?.file.path
        func chosen<Value>(
            _ flag: (value: Value, name: String)?, _ located: Configuration.Located<Value>?, _ standard: Value
        ) -> Setting<Value> {
            if let flag { return Setting(value: flag.value, origin: .flag(flag.name)) }
            if let located, let path {
                return Setting(value: located.value, origin: .file(path, line: located.line))
            }
            return Setting(value: standard, origin: .standard)
        }
        func optional<Value>(_ located: Configuration.Located<Value>?) -> Configuration.Located<Value?>? {
            located.map { Configuration.Located(value: $0.value, line: $0.line) }
        }
        let location = try global.location(configuration)
        store = Setting(value: location, origin: location.origin)
        journal = chosen(
            flags.journal.map { ($0 == "store" ? $0 : StoreLocation.absolute($0), "--journal") },
            optional(configuration?.journal), nil)
        capture = chosen(flags.capture.map { ($0, "--capture") }, configuration?.capture, .payloads)
        messageLimit = chosen(
            flags.messageLimit.map { ($0, "--message-limit") }, configuration?.messageLimit,
            SessionDescription.defaultMessageLimit)
        durable = chosen(flags.durable ? (true, "--durable") : nil, configuration?.durable, false)
        failClosed = chosen(
            flags.failClosed ? (true, "--fail-closed") : nil, configuration?.failClosed, false)
        drain = chosen(flags.drain.map { ($0, "--drain") }, configuration?.drain, Settings.standardDrain)
        slow = chosen(nil, configuration?.slow, Settings.standardSlow)
        logFormat = chosen(
            global.logFormat.map { ($0, "--log-format") }, configuration?.logFormat, .text)
        logLevel = chosen(
            flags.quiet ? (.off, "--quiet") : global.logLevel.map { ($0, "--log-level") },
            configuration?.logLevel, .info)
        let standard = RetentionPolicy.standard
        age = chosen(nil, optional(configuration?.retention.age), standard.age)
        size = chosen(nil, optional(configuration?.retention.size), standard.size)
        free = chosen(nil, optional(configuration?.retention.free), standard.free)
        let redaction = configuration?.redaction
        redactionIsOff = chosen(
            flags.noRedact ? (true, "--no-redact") : flags.asksForRedaction ? (false, "--redact") : nil,
            redaction?.isOff, false)
        let files = flags.redactionFiles.isEmpty ? nil : flags.redactionFiles
        redactionFiles = chosen(
            files.map { ((redaction?.files?.value ?? []) + $0, "--redact") }, redaction?.files, [])
        sampling = chosen(flags.sampling.map { ($0, "--sampling") }, redaction?.sampling, .full)
        elicitation = chosen(flags.elicitation.map { ($0, "--elicitation") }, redaction?.elicitation, .full)
        if redactionIsOff.value {
            self.redaction = nil
        } else {
            var rules = try RedactionRulesFile.rules(ofFiles: redactionFiles.value)
            rules.sampling = sampling.value
            rules.elicitation = elicitation.value
            self.redaction = rules
        }
    }

    /// 20 s: a pod has 30 from SIGTERM to SIGKILL. Nanoseconds.
    private static let standardDrain: Int64 = 20_000_000_000

    /// 2 s: a call that takes longer is one that people wait for. Nanoseconds.
    static let standardSlow: Int64 = 2_000_000_000

    // MARK: What follows

    var log: Log { Log(format: logFormat.value, level: logLevel.value) }

    var retention: RetentionPolicy { store.value.retention }

    var drainLimit: Duration { .nanoseconds(drain.value) }

    /// How a server is captured: the flag says it for all, the file for each.
    func capture(ofServer name: String) -> CaptureMode {
        if case .flag = capture.origin { return capture.value }
        return configuration?.servers[name]?.capture?.value ?? capture.value
    }

    /// Modes of single servers that the file says.
    var serverCaptures: [String: CaptureMode] {
        configuration?.servers.compactMapValues { $0.capture?.value } ?? [:]
    }

    /// Where the journal lies.
    var journalChoice: JournalDirectory.Choice {
        switch journal.value {
        case "store"?: .store
        case let path?: .path(path)
        case nil: durable.value ? .store : .automatic
        }
    }

    /// Why the settings contradict each other; nil when they do not.
    var contradiction: String? {
        guard durable.value, let journal = journal.value, journal != "store" else { return nil }
        return "--durable needs the journal on the store's disk: leave --journal out or say --journal store"
    }
}

/// A setting's value and its source.
struct Setting<Value> {
    var value: Value
    var origin: SettingOrigin
}

/// What decided about a setting.
enum SettingOrigin: Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String, line: Int)
    case standard

    var description: String {
        switch self {
        case .flag(let name), .environment(let name): name
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }

    /// For programs.
    var word: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }
}
