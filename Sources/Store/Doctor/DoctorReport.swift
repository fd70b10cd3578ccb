public import Recording

/// What `doctor` found.
public struct DoctorReport: Sendable, Equatable {
    public var findings: [Finding] = []
    public var sessions = 0
    public var blocks = 0
    public var messages = 0
    /// Bytes of messages before compression, and of the index file.
    public var messageBytes: Int64 = 0
    public var indexBytes: Int64 = 0
    public var logBytes: Int64 = 0
    /// Bytes an ordinary user may still take on the file system.
    public var freeBytes: Int64?
    /// Sessions whose recorder runs now, and sessions whose journal waits to be taken in.
    public var live: [SessionID] = []
    public var waiting: [SessionID] = []

    /// Findings kept at most; a store with more has one trouble, not a thousand.
    static let findingLimit = 1000

    /// One thing that was found.
    public struct Finding: Sendable, Equatable {
        public var severity: Severity
        /// A stable word for machines.
        public var code: String
        /// One line for a person.
        public var text: String
        public var session: SessionID?
        /// Messages concerned; nil: not a matter of messages.
        public var messages: ClosedRange<Int64>?
    }

    /// How bad it is.
    public enum Severity: String, Sendable, Hashable {
        /// Worth knowing, nothing is wrong.
        case note
        /// Was wrong and is right now.
        case repaired
        /// Wrong, and `repair` can put it right.
        case repairable
        /// Wrong, and beyond repair here; the text says what to do.
        case problem
    }

    /// Nothing is wrong any more.
    public var isHealthy: Bool {
        !findings.contains { $0.severity == .problem || $0.severity == .repairable }
    }

    public init() {}

    /// Adds a finding, unless there are very many already.
    public mutating func add(
        _ severity: Severity, _ code: String, _ text: String, session: SessionID? = nil,
        messages: ClosedRange<Int64>? = nil
    ) {
        guard findings.count < DoctorReport.findingLimit else { return }
        findings.append(
            Finding(severity: severity, code: code, text: text, session: session, messages: messages))
    }
}
