internal import Recording
internal import Telemetry
internal import Wire

/// Everything that `serve` answers: paths in, answers out.
public struct ViewerSite: Sendable {
    /// The program's version.
    private let version: String
    private let slow: Int64
    private let files: PageFiles
    private let metricsPage: MetricsPage
    private let compress: MetricsPage.Compressor

    /// - Parameters:
    ///   - version: the program's.
    ///   - slow: from how long on an exchange is slow. Nanoseconds.
    ///   - compress: makes gzip of bytes.
    public init(version: String, slow: Int64, compress: @escaping MetricsPage.Compressor) {
        self.version = version
        self.slow = slow
        self.compress = compress
        files = PageFiles(compress: compress)
        metricsPage = MetricsPage(compress: compress)
    }

    /// Paths that are answered without a token: they show nothing of what was said.
    public var openPaths: Set<String> { files.paths.union(["/healthz", "/metrics"]) }

    /// The answer that needs no look at the recordings, and so waits for nobody; nil: `answer` has it.
    public func immediate(_ request: PageRequest) -> PageAnswer? {
        if request.action == .read, let file = files.answer(request) { return file }
        if request.action == .remove, !ViewerSite.names(sessionAt: request.path) {
            return .failure(405, "only sessions are deleted: DELETE /api/sessions/ID")
        }
        if request.path == "/healthz" { return PageAnswer(200, "alive") }
        if request.path == "/metrics" || APIRequest(request) != nil { return nil }
        return PageAnswer(404, "here are /, /metrics, /healthz and what docs/api.md lists")
    }

    /// What an answer costs: no short one is to wait for a long one, and no scrape for either.
    public enum Effort: Sendable {
        case scrape
        /// A page of a list, and what is as short.
        case short
        /// What reads whole sessions, or looks for something in one.
        case long
        /// A session goes: somebody waits, and no search is to be waited for.
        case removal
    }

    /// What the answer to a request costs that `immediate` leaves.
    public func effort(for request: PageRequest) -> Effort {
        guard let question = APIRequest(request) else { return .scrape }
        if request.action == .remove { return .removal }
        // What is told of one run is counted in all of its sessions.
        if question.path.count > 1, question.path[0] == "runs" { return .long }
        switch question.path.dropFirst(2).first {
        case "density", "stats", "violations": return .long
        default: return question.query["filter"] ?? "" == "" ? .short : .long
        }
    }

    /// The answer to a request that `immediate` leaves.
    public func answer(_ request: PageRequest, about recordings: any ServedRecordings) -> PageAnswer {
        if let question = APIRequest(request) {
            if request.action == .remove { return removal(question, recordings) }
            var answer = answer(question, about: recordings)
            guard answer.body.count >= ViewerSite.worthCompressing,
                AcceptedCoding.allowsGzip(request.acceptEncoding), let small = compress(answer.body)
            else { return answer }
            answer.body = small
            answer.fields.append(.init("Content-Encoding", "gzip"))
            return answer
        }
        do throws(SourceFailure) {
            let set = try recordings.metrics()
            var groups: Set<MetricDefinition.Group> = [.identity, .traffic, .store, .process]
            // Of a server that exports nothing there is nothing to tell.
            if set.values.keys.contains(where: { $0.metric.definition.group == .export }) {
                groups.insert(.export)
            }
            return metricsPage.answer(request, showing: set, groups: groups)
        } catch {
            // A scrape that fails is seen (`up` is 0); one with half of the figures is not. Why it failed
            // names paths of this machine, and nobody had to say a token.
            return PageAnswer(503, "the store cannot be read now; mcptape doctor says why")
        }
    }

    /// On one machine, smaller answers are faster as they are.
    private static let worthCompressing = 64 << 10

    private func answer(_ request: APIRequest, about recordings: any ServedRecordings) -> PageAnswer {
        do throws(SourceFailure) {
            if request.path == ["status"] { return try status(recordings) }
            if request.path == ["changes"] { return try changes(request, recordings) }
            let api = RecordingAPI(
                try recordings.source(), now: recordings.now,
                runs: { try recordings.runs() })
            guard request.path.count == 3, request.path[0] == "sessions", request.path[2] == "density"
            else { return api.answer(request) }
            return try density(request, api, recordings)
        } catch {
            return APIFailure(error).answer
        }
    }

    private func density(
        _ request: APIRequest, _ api: RecordingAPI, _ recordings: any ServedRecordings
    ) throws(SourceFailure) -> PageAnswer {
        let session = SessionID(request.path[1])
        guard let version = try recordings.version(of: session) else { return api.answer(request) }
        let key = KnownDensities.Key(session: session, buckets: request.query["buckets"] ?? "")
        let start = recordings.now
        if let known = recordings.densities.answer(to: key, at: version, now: start) { return known }
        let answer = api.answer(request)
        if answer.status == 200 {
            recordings.densities.keep(answer, to: key, at: version, from: start, to: recordings.now)
        }
        return answer
    }

    private func status(_ recordings: any ServedRecordings) throws(SourceFailure) -> PageAnswer {
        let sessions = try recordings.source().sessionCount()
        let revision = try recordings.changes(since: .max).revision
        return .object { json in
            json.member("version", version)
            json.member("store", recordings.place)
            if !recordings.fileNames.isEmpty { json.member("files") { $0.strings(recordings.fileNames) } }
            json.member("sessions", sessions)
            json.member("revision", revision)
            json.member("can_delete", recordings.canRemove)
            json.member("slow_us", slow / 1000)
        }
    }

    private func changes(
        _ request: APIRequest, _ recordings: any ServedRecordings
    ) throws(SourceFailure) -> PageAnswer {
        guard let word = request.query["since"], let since = Int64(word), since >= 0 else {
            return .failure(400, "since is a revision, a number from 0")
        }
        let (sessions, revision) = try recordings.changes(since: since)
        return .object { json in
            json.member("revision", revision)
            json.member("sessions") { $0.strings(sessions.map(\.text)) }
        }
    }
}
