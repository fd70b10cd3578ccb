public import MCPSemantics
import Wire

/// Why a live request had no recorded answer, and what came nearest.
public struct NearestMiss: Sendable, Equatable {
    /// The code of the JSON-RPC error that the client gets.
    ///
    /// Outside of what JSON-RPC reserves (-32768 to -32000) and of what MCP allots (-32020 to -32099).
    public static let errorCode = 1001

    /// What kind of miss it is; the raw values are the words in `data` and in reports.
    public enum Reason: String, Sendable, Hashable {
        /// The method is nowhere in the recording.
        case methodNeverRecorded = "method_never_recorded"
        /// The method is there, but not for this tool, prompt, resource or task.
        case nameNeverRecorded = "name_never_recorded"
        /// It is there with other parameters.
        case differs = "differs"
        /// It is there with a redacted value, and its placeholder met another value earlier in this session.
        case redactedValueChanged = "redacted_value_changed"
        /// It was made as often as it was recorded, and no answer is to serve twice.
        case exhausted = "exhausted"
        /// It is in the recording, and another one is next there.
        case outOfOrder = "out_of_order"
        /// The request is in the recording, and its answer is not: it fell into a gap.
        case lostInGap = "lost_in_gap"
        /// The recording was cut off before the answer.
        case interrupted = "interrupted"
        /// The session was still being recorded, and had no answer yet.
        case stillRecording = "still_recording"
        /// The recorded server ended before it answered.
        case serverEnded = "server_ended"
        /// The answer is longer than the message limit was.
        case truncated = "truncated"
        /// The answer's bytes are not, or not all, on record.
        case incomplete = "incomplete"
        /// It has an id, and is no JSON-RPC request.
        case notRPC = "not_json_rpc"
        /// It has an id, and is nested deeper than any message may be.
        case tooDeep = "too_deep"
        /// It has an id, and is not valid UTF-8.
        case invalidUTF8 = "invalid_utf8"
        /// It has an id, and is no JSON.
        case notJSON = "not_json"
        /// The client is of the other era than the recorded server.
        case otherEra = "other_era"
        /// It would have to be translated for a client of the other era, and that would not be exact.
        case notTranslatable = "not_translatable"

        /// The code of the error that says so. Source: JSON-RPC 2.0 §5.1.
        var code: Int {
            switch self {
            case .notRPC, .tooDeep, .otherEra: -32600
            case .invalidUTF8, .notJSON: -32700
            default: NearestMiss.errorCode
            }
        }
    }

    public var method: String
    /// What the method was to be applied to: tool name, URI, and so on.
    public var name: String?
    public var reason: Reason
    /// The recording as the user named it.
    public var recording: String
    /// The number of the nearest recorded exchange; of the very one when only its answer is missing.
    public var nearest: Int?
    /// Where the nearest one differs, in the order of the facets.
    public var differences: [FacetDifference] = []
    /// What was recorded instead: methods, or names under this method; in recorded order, the first few.
    public var known: [String] = []
    /// How many there were.
    public var knownCount = 0
    /// How often the request was recorded; only of one that is exhausted.
    public var recordedTimes: Int?
    /// The recorded request that is next; only of one that is out of order, and nil when none is left.
    public var expected: ReplayReport.Recorded?
    /// Revisions that the recorded server has; only of an `initialize` that it would refuse.
    public var supported: [String] = []
    /// The revision that the client asked for there.
    public var requested: String?
    /// What was done about it; nil: it was answered with the error that this is.
    public var resolution: Resolution?
    /// Where the recording lacks something: what was asked for may have been there.
    public var gaps: [ScriptGap]

    init(method: String, name: String?, reason: Reason, recording: String, gaps: [ScriptGap]) {
        self.method = method
        self.name = name
        self.reason = reason
        self.recording = recording
        self.gaps = gaps
    }

    /// The JSON-RPC error that answers the live request `id`: one line, the diagnosis in `message`.
    public func response(to id: RequestID) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: id.text.utf8)
            json.member("error") {
                $0.object {
                    // Source: MCP 2026-07-28, UnsupportedProtocolVersionError.
                    $0.member("code", supported.isEmpty ? reason.code : -32022)
                    $0.member("message", message)
                    $0.member("data") { write(into: &$0) }
                }
            }
        }
        return json.bytes
    }

    /// Everything as one JSON object: the error's `data`, and an entry of the report.
    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("reason", reason.rawValue)
            json.member("method", method)
            json.member("name", ifPresent: name)
            json.member("recording", recording)
            if !supported.isEmpty { json.member("supported") { $0.strings(supported) } }
            json.member("requested", ifPresent: requested)
            json.member("nearest", ifPresent: nearest)
            switch resolution {
            case .nearest: json.member("answeredBy", "nearest")
            case .failed(let reason): json.member("realServer", reason)
            case nil: break
            }
            json.member("recordedTimes", ifPresent: recordedTimes)
            if let expected {
                json.member("expected") { json in json.object { expected.writeMembers(into: &$0) } }
            }
            if !differences.isEmpty {
                json.member("differences") { json in
                    json.array { for difference in differences { difference.write(into: &$0) } }
                }
            }
            if !known.isEmpty {
                json.member("recorded") { $0.strings(known) }
                json.member("recordedCount", knownCount)
            }
            if !gaps.isEmpty {
                json.member("gaps") { json in
                    json.array { json in
                        for gap in gaps {
                            json.object {
                                $0.member("afterExchange", ifPresent: gap.afterExchange)
                                $0.member("bytes", gap.bytes)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One place where two values disagree.
public struct FacetDifference: Sendable, Equatable {
    /// The facet's name.
    public var facet: String
    /// The place in `params` (or in the answer that is compared), as a JSON pointer.
    public var pointer: String
    /// The recorded value's JSON text; nil when it was absent.
    public var recorded: String?
    /// The live value's JSON text; nil when it was absent.
    public var got: String?

    init(facet: String, pointer: String, recorded: String?, got: String?) {
        self.facet = facet
        self.pointer = pointer
        self.recorded = recorded
        self.got = got
    }

    /// All places where two values of one facet disagree, at most `ScriptIndex.differenceLimit`.
    static func between(recorded: MatchFacet, live: MatchFacet) -> [FacetDifference] {
        guard let left = recorded.text, let right = live.text else {
            return [
                FacetDifference(
                    facet: live.name, pointer: live.pointer, recorded: recorded.text.map(UTF8Text.repaired),
                    got: live.text.map(UTF8Text.repaired))
            ]
        }
        return JSONDifference.between(left, right, limit: ScriptIndex.differenceLimit).compactMap {
            // A secret and the placeholder that stands for it are no difference, and not to be told.
            if let recorded = $0.left, let got = $0.right, PlaceholderMatch.excuses(recorded, for: got) {
                return nil
            }
            return FacetDifference(
                facet: live.name, pointer: live.pointer + $0.pointer, recorded: $0.left, got: $0.right)
        }
    }

    /// The longest value that is written as JSON; a longer one is cut and written as a string.
    static let valueLimit = 4096

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("facet", facet)
            json.member("pointer", pointer)
            Self.write(recorded, as: "recorded", into: &json)
            Self.write(got, as: "got", into: &json)
        }
    }

    private static func write(_ value: String?, as name: String, into json: inout JSONWriter) {
        guard let value else { return }
        if value.utf8.count <= valueLimit {
            json.member(name, raw: value.utf8)
        } else {
            let head = UTF8Text.prefix(of: Array(value.utf8)[...], limit: valueLimit)
            json.member(name + "Cut", UTF8Text.repaired(head))
        }
    }
}
