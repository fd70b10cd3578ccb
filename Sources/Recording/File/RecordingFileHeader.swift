import MCPSemantics
import Wire

/// The first line of a recording file: the format's version and the sessions.
///
/// Of a session's state it carries what its lines do not tell: names of both sides, revision, end, start
/// failure.
public struct RecordingFileHeader: Sendable, Equatable {
    /// Sessions of one file at most: a file is read by people.
    static let sessionLimit = 65_536

    /// In the order of the file.
    public let sessions: [SessionSummary]
    /// The line as it was read, without its line feed; nil when it was made from sessions.
    private let verbatim: [UInt8]?
    private let statesHandshakes: Bool

    /// A header to write.
    public init(sessions: [SessionSummary], statesHandshakes: Bool = false) {
        self.sessions = sessions
        self.statesHandshakes = statesHandshakes
        verbatim = nil
    }

    /// Reads the first line of a file, without its line feed.
    ///
    /// Fails with `newer` for a higher major version, and with `damaged` when it is no header; both name the
    /// line.
    public init(parsing line: ArraySlice<UInt8>) throws(SourceFailure) {
        guard let tree = JSONTree(line) else { throw RecordingFileHeader.notAHeader(line) }
        let root = tree.root
        guard let version = root["mcptape"] else { throw RecordingFileHeader.notAHeader(line) }
        guard let major = version.intValue, major >= 1 else {
            throw SourceFailure(.damaged, "line 1: \"mcptape\" is not the number of a format version")
        }
        guard major <= RecordingFileWriter.version else {
            throw SourceFailure(
                .newer,
                "the file has format \(major), and this mcptape reads up to \(RecordingFileWriter.version); "
                    + "a newer mcptape is needed")
        }
        var sessions: [SessionSummary] = []
        var ids: Set<String> = []
        // Without a list, as in a file written by hand, everything is one session.
        let nodes = root["sessions"].map { Array($0.children) } ?? [root]
        for (index, node) in nodes.prefix(RecordingFileHeader.sessionLimit).enumerated() {
            let session = SessionSummary(fileHeader: node, position: index + 1)
            guard ids.insert(session.description.id.text).inserted else {
                let column = RecordingFileFault.column(of: line.startIndex + node.range.lowerBound, in: line)
                throw SourceFailure(
                    .damaged,
                    "line 1, column \(column): two sessions have the id \(session.description.id.text)")
            }
            sessions.append(session)
        }
        guard nodes.count <= RecordingFileHeader.sessionLimit else {
            throw SourceFailure(
                .damaged,
                "line 1: \(nodes.count) sessions; at most \(RecordingFileHeader.sessionLimit) are read")
        }
        self.sessions = sessions
        verbatim = Array(line)
        statesHandshakes = false
    }

    /// The line, without line feed: what was read, byte for byte, or else made from the sessions.
    public func encoded() -> [UInt8] {
        if let verbatim { return verbatim }
        var json = JSONWriter()
        json.object { header in
            header.member("mcptape", RecordingFileWriter.version)
            header.member("sessions") { list in
                list.array { list in
                    for session in sessions {
                        session.writeFileHeader(to: &list, statesHandshakes: statesHandshakes)
                    }
                }
            }
        }
        return FileTextEscaper.lineSafe(json.bytes)
    }

    /// The session that a line without `session` belongs to: the only one.
    var onlySession: Int? { sessions.count == 1 ? 0 : nil }

    private static func notAHeader(_ line: ArraySlice<UInt8>) -> SourceFailure {
        let isJSON = JSONText.isValid(line)
        let why = line.isEmpty ? "it is empty" : isJSON ? "it has no \"mcptape\" member" : "it is not JSON"
        return SourceFailure(
            .damaged,
            "this is not a recording: the first line must be a header such as {\"mcptape\":1,…}, but \(why)")
    }
}
