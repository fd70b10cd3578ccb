internal import MCPSemantics
internal import Recording
internal import Wire

// What one client did over all of its servers.
extension RecordingAPI {
    /// Runs, newest first. A filter looks at `scanLimit` of them at most, and into no further one once it
    /// looked at as many rows of their sessions.
    func runs(_ request: APIRequest) throws -> PageAnswer {
        let filter = try filter(request)
        let limit = try limit(request)
        var rest = try allRuns()[...]
        if let before = request.query["before"] {
            let place = ListPlace(before, isThere: rest.contains { $0.id == before })
            if let index = rest.firstIndex(where: { $0.id == place.id }) {
                rest = rest[(index + 1)...]
            } else if let start = place.start {
                rest = rest.drop { ($0.newestStart, $0.id) >= (start, place.id) }
            } else {
                throw APIFailure(404, "there is no run \(before) any more")
            }
        }
        var matching = SessionFilter(filter, in: source, now: now)
        var rows: [Run] = []
        var scanned = 0
        // One more than the answer holds tells whether more follow.
        for run in rest.prefix(RecordingAPI.scanLimit) where rows.count <= limit {
            guard matching.looked < RecordingAPI.scanLimit else { break }
            scanned += 1
            if try run.sessions.contains(where: { try matching.matches($0) }) { rows.append(run) }
        }
        let last = rest.prefix(scanned).last
        let next = rows.count > limit ? rows[limit - 1] : scanned < rest.count ? last : nil
        return PageAnswer.object { json in
            json.member("runs") { json in
                json.array { json in for row in rows.prefix(limit) { json.run(row) } }
            }
            json.next(next.map { ListPlace($0.id, start: $0.newestStart).text })
        }
    }

    /// A run, its sessions, oldest first, and where its time went.
    func run(_ id: String) throws -> PageAnswer {
        let run = try existingRun(id)
        let activities = try read(run, .everything).activities
        return PageAnswer.object { json in
            json.member("run") { $0.run(run) }
            json.member("time") { json in
                json.breakdown(RunBreakdown(activities), sessions: run.sessions.count, run: run.id)
            }
            json.member("sessions") { json in
                json.array { json in for session in run.sessions { json.session(session) } }
            }
        }
    }

    /// Counts and latency over all of its sessions, the slowest, and what tools cost.
    func statistics(ofRun id: String, _ request: APIRequest) throws -> PageAnswer {
        let reader = try read(
            try existingRun(id), try filter(request), otherwise: Statistics(by: .byServer, slowest: 0))
        let statistics = reader.statistics
        return PageAnswer.object { json in
            json.member("rows") { json in
                json.array { json in for row in statistics.rows { json.statistics(row, kind: "group") } }
            }
            json.member("by_server") { json in
                json.array { json in
                    for row in reader.otherwise?.rows ?? [] { json.statistics(row, kind: "group") }
                }
            }
            json.member("slowest") { json in
                json.array { json in for slow in statistics.slowest { json.slow(slow) } }
            }
            json.member("tools") { json in
                json.array { json in for tool in reader.context.rows { json.contextCost(tool) } }
            }
            json.member("total") { $0.statistics(statistics.total, kind: "total") }
        }
    }

    /// The slowest operations that are listed, as `stats` does unless told otherwise.
    private static let slowest = 5

    private func read(
        _ run: Run, _ filter: Filter, otherwise: Statistics? = nil
    ) throws -> StatisticsReader {
        var reader = StatisticsReader(
            Statistics(by: .standard, slowest: RecordingAPI.slowest), otherwise: otherwise, filter: filter,
            now: now)
        for part in run.parts { try reader.read(part, of: source) }
        return reader
    }

    private func existingRun(_ id: String) throws -> Run {
        guard let run = try allRuns().first(where: { $0.id == id }) else {
            throw APIFailure(404, "there is no run \(id)")
        }
        return run
    }
}
