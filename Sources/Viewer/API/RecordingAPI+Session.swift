internal import MCPSemantics
internal import Recording
internal import Wire

// What is in one session.
extension RecordingAPI {
    /// Exchanges in the order of their numbers.
    func exchanges(of summary: SessionSummary, _ request: APIRequest) throws -> PageAnswer {
        let filter = try filter(request)
        let limit = try limit(request)
        let id = summary.description.id
        var from = try number("from", of: request, 1...Int.max) ?? 1
        var rows: [Exchange] = []
        var scanned = 0
        var isAtEnd = false
        var filtered = ExchangeFilter(filter, of: summary, in: source, now: now)
        var pages = ExchangePages(limit: filter.isEmpty ? limit : nil)
        while rows.count < limit, scanned < RecordingAPI.scanLimit, !isAtEnd {
            let left = RecordingAPI.scanLimit - scanned
            let page = try source.exchanges(of: id, from: from, limit: pages.next(from: from, within: left))
            guard let last = page.last else {
                isAtEnd = true
                break
            }
            scanned += page.count
            rows += try filtered.matches(in: page)
            from = last.number + 1
        }
        if rows.count > limit {
            from = rows[limit].number
            rows.removeLast(rows.count - limit)
        }
        if !isAtEnd { isAtEnd = try source.exchanges(of: id, from: from, limit: 1).isEmpty }
        return PageAnswer.object { json in
            json.member("exchanges") { json in
                json.array { json in for row in rows { json.exchange(row, of: id) } }
            }
            json.next(isAtEnd ? nil : from)
        }
    }

    /// Messages and gaps in the order of the wire.
    func entries(of summary: SessionSummary, _ request: APIRequest) throws -> PageAnswer {
        let filter = try filter(request)
        let limit = try limit(request)
        let payload = try payload(request)
        let id = summary.description.id
        let from = try number("from", of: request, 1...Int.max) ?? 1
        let reader = ConversationReader(
            summary, of: source, filter: filter, now: now, from: Int64(from))
        var json = JSONWriter()
        var next: Int64?
        try json.object { json in
            try json.member("entries") { json in
                try json.array { json in
                    var count = 0
                    var left = RecordingAPI.scanLimit
                    while let (entry, _) = try reader.next(within: &left) {
                        json.entry(payload ? entry : entry.withoutPayload, of: id)
                        count += 1
                        if count == limit || json.bytes.count > RecordingAPI.pageSize { break }
                    }
                    next = try reader.nextSequence()
                }
            }
            json.next(next.map { Int($0) })
        }
        return .json(json.bytes)
    }

    /// Whether messages come with what they say.
    private func payload(_ request: APIRequest) throws -> Bool {
        switch request.query["payload"] {
        case nil, "yes": return true
        case "no": return false
        case let word?: throw APIFailure(400, "payload is yes or no; this is \(word)")
        }
    }

    /// Bytes after which a page of messages ends: a few large ones fill it.
    static let pageSize = 2 << 20

    /// Counts and latency, by method and name.
    func statistics(of summary: SessionSummary, _ request: APIRequest) throws -> PageAnswer {
        var reader = StatisticsReader(
            Statistics(), filter: try filter(request), now: now)
        try reader.read(summary, of: source)
        let statistics = reader.statistics
        return PageAnswer.object { json in
            json.member("rows") { json in
                json.array { json in for row in statistics.rows { json.statistics(row, kind: "group") } }
            }
            json.member("total") { $0.statistics(statistics.total, kind: "total") }
        }
    }
}

extension RecordingEntry {
    /// The same without what was said; heads of HTTP stay, they are what such an entry is.
    var withoutPayload: RecordingEntry {
        guard case .message(var message) = self, case .inline = message.body, message.kind != .http else {
            return self
        }
        message.body = .omitted
        return .message(message)
    }
}

extension JSONWriter {
    /// Where the next page begins; null: there is none.
    mutating func next(_ place: Int?) {
        member("next") { json in if let place { json.int(place) } else { json.null() } }
    }

    /// The same, of a list without numbers.
    mutating func next(_ place: String?) {
        member("next") { json in if let place { json.string(place) } else { json.null() } }
    }

    /// What a side said of itself. Its capabilities are JSON when they can be read, else a string.
    mutating func handshake(_ name: String, _ handshake: Handshake?) {
        guard let handshake else { return }
        member(name) { json in
            json.object { json in
                json.member("name", ifPresent: handshake.peer?.name)
                json.member("title", ifPresent: handshake.peer?.title)
                json.member("version", ifPresent: handshake.peer?.version)
                json.member("protocol_version", ifPresent: handshake.protocolVersion)
                json.member("capabilities", ifPresent: handshake.capabilities)
                json.member("instructions", ifPresent: handshake.instructions)
            }
        }
    }
}
