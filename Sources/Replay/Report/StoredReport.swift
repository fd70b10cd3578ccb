import Wire

/// A report that was read from a file.
public struct StoredReport: Sendable, Equatable {
    public var recording: String
    public var session: String
    public var requests: Int
    public var answered: Int
    public var answeredByRule: Int
    public var forwarded: Int
    public var added: Int
    public var missCount: Int
    /// The first misses, in order.
    public var misses: [Miss]
    public var notes: [String]
    public var neverAsked: [ReplayReport.Recorded]
    /// Leaving something out is a failure.
    public var allPlayed: Bool
    /// False: the replay was killed, or runs.
    public var isFinished: Bool

    /// A request that had no match.
    public struct Miss: Sendable, Equatable {
        /// One line, without our name before it.
        public var line: String
        /// Everything, as JSON text.
        public var data: [UInt8]
    }

    /// Reads a file's bytes, JSON or JUnit XML as `ReplayReport.file` writes them; nil when it is none.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let json = XMLText.json(in: bytes, property: ReplayReport.property) else { return nil }
        guard let root = JSONTree(json)?.root,
            root[ReplayReport.versionMember]?.intValue == ReplayReport.version,
            let recording = root["recording"]?.stringValue
        else { return nil }
        self.recording = recording
        session = root["session"]?.stringValue ?? ""
        func count(_ name: String) -> Int { max(0, root[name]?.intValue ?? 0) }
        requests = count("requests")
        answered = count("answered")
        answeredByRule = count("answeredByRule")
        forwarded = count("forwarded")
        added = count("added")
        missCount = count("missCount")
        misses = (root["misses"].map { Array($0.children) } ?? []).map { miss in
            let message = miss["message"]?.stringValue ?? ""
            let name = "mcptape: "
            return Miss(
                line: Self.shown(message.hasPrefix(name) ? String(message.dropFirst(name.count)) : message),
                data: Array(miss["data"]?.text ?? []))
        }
        notes = (root["notes"].map { Array($0.children) } ?? []).compactMap {
            $0.stringValue.map(Self.shown)
        }
        neverAsked = (root["neverAsked"].map { Array($0.children) } ?? []).compactMap { recorded in
            recorded["subject"]?.stringValue.map {
                ReplayReport.Recorded(exchange: recorded["exchange"]?.intValue, subject: $0)
            }
        }
        allPlayed = root["allPlayed"]?.boolValue ?? false
        isFinished = root["finished"]?.boolValue ?? false
        missCount = max(missCount, misses.count)
    }

    /// The file may be anybody's.
    private static func shown(_ text: String) -> String { OneLine.text(text, limit: 4000) }
}

/// Reports of several replays of one recorded session as one: what one process asked for, none left out.
public struct MergedReport: Sendable, Equatable {
    public private(set) var recording: String
    public private(set) var session: String
    public private(set) var replays = 0
    public private(set) var unfinished = 0
    public private(set) var requests = 0
    public private(set) var answered = 0
    public private(set) var answeredByRule = 0
    public private(set) var forwarded = 0
    public private(set) var added = 0
    public private(set) var missCount = 0
    public private(set) var misses: [StoredReport.Miss] = []
    /// Each once, in the order of the first time.
    public private(set) var notes: [String] = []
    /// What no replay asked for.
    public private(set) var neverAsked: [ReplayReport.Recorded] = []
    public private(set) var allPlayed = false

    /// One for each recorded session, in the order in which they first come.
    public static func merging(_ reports: [StoredReport]) -> [MergedReport] {
        var merged: [MergedReport] = []
        for report in reports {
            let place = merged.firstIndex {
                $0.recording == report.recording && $0.session == report.session
            }
            if let place {
                merged[place].add(report)
            } else {
                var first = MergedReport(recording: report.recording, session: report.session)
                first.add(report)
                merged.append(first)
            }
        }
        return merged
    }

    private init(recording: String, session: String) {
        self.recording = recording
        self.session = session
    }

    private mutating func add(_ report: StoredReport) {
        // Of a replay that was killed it is not known what it would have asked for.
        let kept = Set(report.neverAsked)
        if report.isFinished {
            let isFirst = replays == unfinished
            neverAsked = isFirst ? report.neverAsked : neverAsked.filter { kept.contains($0) }
        } else {
            unfinished += 1
        }
        replays += 1
        requests += report.requests
        answered += report.answered
        answeredByRule += report.answeredByRule
        forwarded += report.forwarded
        added += report.added
        missCount += report.missCount
        misses += report.misses
        for note in report.notes where !notes.contains(note) { notes.append(note) }
        allPlayed = allPlayed || report.allPlayed
    }

    /// 3 when a request had no match, 4 when something was to be asked for and was not; else 0.
    public var exitStatus: Int32 {
        if missCount > 0 { return 3 }
        return allPlayed && !neverAsked.isEmpty ? 4 : 0
    }

    /// For a person: the counts, then a line for each thing to know, misses first.
    public var lines: [String] { plainLines.map(GitHubText.inert) }

    private var plainLines: [String] {
        var parts = [ReplayReport.count(requests, "request"), "\(answered) answered from the recording"]
        if answeredByRule > 0 { parts.append("\(answeredByRule) without it") }
        if forwarded > 0 { parts.append("\(forwarded) by the real server") }
        if added > 0 { parts.append("\(added) added to the recording") }
        if missCount > 0 { parts.append("\(missCount) not recorded") }
        let file = OneLine.text(recording, limit: 400)
        var lines = ["\(file): \(ReplayReport.count(replays, "replay")), \(parts.joined(separator: ", "))"]
        lines += misses.map { "  miss: " + $0.line }
        if missCount > misses.count { lines.append("  … and \(missCount - misses.count) more misses") }
        lines += notes.map { "  note: " + $0 }
        if unfinished > 0 {
            let isOne = unfinished == 1
            lines.append(
                "  note: \(ReplayReport.count(unfinished, "replay"))"
                    + (isOne ? " was killed or still runs" : " were killed or still run")
                    + ": what was never asked for is not known there")
        }
        if !neverAsked.isEmpty {
            lines.append(
                "  \(allPlayed ? "fail" : "note"): " + ReplayReport.told(neverAsked: neverAsked))
        }
        return lines
    }

    /// The same as workflow commands of GitHub Actions, which shows them beside the change.
    public var annotations: [String] {
        let file = Self.property(recording)
        var lines = misses.map { "::error file=\(file),title=Not recorded::\(Self.message($0.line))" }
        if !neverAsked.isEmpty {
            let text = Self.message(ReplayReport.told(neverAsked: neverAsked))
            lines.append("::\(allPlayed ? "error" : "notice") file=\(file),title=Never asked for::\(text)")
        }
        return lines
    }

    /// Source: GitHub Actions, workflow commands: what must be escaped.
    private static func message(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func property(_ text: String) -> String {
        message(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }

    /// The report as one JSON object.
    public var json: [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("recording", recording)
            json.member("session", session)
            json.member("replays", replays)
            json.member("unfinished", unfinished)
            json.member("requests", requests)
            json.member("answered", answered)
            json.member("answeredByRule", answeredByRule)
            json.member("forwarded", forwarded)
            json.member("added", added)
            json.member("missCount", missCount)
            json.member("misses") { json in
                json.array { json in
                    for miss in misses {
                        json.object {
                            $0.member("message", miss.line)
                            if !miss.data.isEmpty { $0.member("data", raw: miss.data) }
                        }
                    }
                }
            }
            json.member("notes") { $0.strings(notes) }
            json.member("neverAsked") { json in
                json.array { json in
                    for recorded in neverAsked { json.object { recorded.writeMembers(into: &$0) } }
                }
            }
            json.member("allPlayed", allPlayed)
            json.member("status", exitStatus)
        }
        return json.bytes
    }
}
