import MCPSemantics
import Wire

/// What is compared, what may be sent, and how long an answer may take.
public struct VerifyRules: Sendable, Equatable {
    /// Places of answers and of the server's messages that are not compared, from the message's root:
    /// `/result/structuredContent/time`.
    public var ignored: [IgnoredPlace] = []
    /// Places of answers whose live value stands in for the recorded one in later requests.
    public var bound: [IgnoredPlace] = []
    /// Tools that may be called though they do not declare that they only read.
    public var allowedTools: Set<String> = []
    /// Every tool may be called, and every method that no revision knows.
    public var allowsWrites = false
    /// Nanoseconds for one request; nil: ten times the recorded time, at least `leastLimit`.
    public var timeLimit: Int64?
    /// An answer that takes this many times the recorded time is a difference; nil: none is.
    public var slowdownLimit: Double?
    /// The only exchange that is of interest, by its number; nil: all are.
    public var exchange: Int?

    /// 30 s: what clients wait by themselves.
    public static let leastLimit: Int64 = 30_000_000_000
    /// Recorded times by which the limit grows.
    static let limitFactor: Int64 = 10
    /// How long a notification that is due may take after everything else. Nanoseconds.
    static let notificationLimit: Int64 = 2_000_000_000
    /// A slower answer is none below this difference: machines differ, and so do moments. Nanoseconds.
    static let slowdownFloor: Int64 = 20_000_000

    /// Everything is compared, and only what is declared to read is called.
    public init() {}

    func limit(for request: PlannedRequest) -> Int64 {
        timeLimit
            ?? max(
                Self.leastLimit,
                (request.duration ?? 0).multipliedReportingOverflow(
                    by: Self.limitFactor
                ).partialValue)
    }

    /// Steps of the places that are not compared in an answer to that request.
    func ignoredSteps(_ method: String, _ name: String?) -> [ArraySlice<String>] {
        ignored.filter { $0.applies(to: method, name) }.map { $0.steps[...] }
    }

    func boundSteps(_ method: String, _ name: String?) -> [[String]] {
        bound.filter { $0.applies(to: method, name) }.map(\.steps)
    }
}

/// A list of places that are noise, as it stands in a file: one a line, `#` begins a comment.
public enum NoiseList {
    /// The places in a file's text. Throws the first line that is none.
    public static func read(_ text: String) throws(Fault) -> [IgnoredPlace] {
        var places: [IgnoredPlace] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.drop { $0 == " " || $0 == "\t" }
            if words.isEmpty || words.hasPrefix("#") || words == "\r" { continue }
            let trimmed = String(words.last == "\r" ? words.dropLast() : words)
            guard let place = IgnoredPlace(trimmed) else { throw Fault(line: number + 1, text: trimmed) }
            places.append(place)
        }
        return places
    }

    /// The file for these places.
    public static func file(_ places: [String], recording: String) -> String {
        let head = "# What two runs against the same server did not agree in; mcptape verify \(recording)\n"
        return head + places.map { $0 + "\n" }.joined()
    }

    /// A line that names no place.
    public struct Fault: Error, Sendable, Equatable {
        /// From 1.
        public var line: Int
        public var text: String
    }
}
