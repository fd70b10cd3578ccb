import MCPSemantics
import Recording
import Store
import Wire

/// Follows the exchanges of all sessions as they end, over as many processes as write the store.
struct TailFollower {
    private let source: any RecordingSource
    private let filter: Filter
    private let terminal: Terminal
    private let isJSON: Bool
    /// The sessions that are followed; nil: all.
    private let only: Set<SessionID>?
    private var places: [SessionID: Place] = [:]

    /// How far a session has been shown.
    private struct Place {
        /// Every exchange below it was shown.
        var next = 1
        /// Shown ones from `next` on: those that ended before an older one did.
        var shown: Set<Int> = []
        var gaps = 0
        var hasEnded = false
    }

    init(
        _ source: any RecordingSource, filter: Filter, only: Set<SessionID>?, terminal: Terminal, isJSON: Bool
    ) {
        self.source = source
        self.filter = filter
        self.only = only
        self.terminal = terminal
        self.isJSON = isJSON
    }

    /// Passes over what is there already, but for the last `count` exchanges of all sessions that match: they
    /// are shown in the order in which they ended.
    mutating func skip(leaving count: Int, now: Int64) throws {
        var newest: [Shown] = []
        for summary in try sessions() {
            let place = try place(behind: summary)
            places[summary.description.id] = place
            guard count > 0 else { continue }
            newest += try last(count, of: summary, now)
        }
        newest.sort { ($0.end, $0.exchange.number) < ($1.end, $1.exchange.number) }
        for shown in newest.suffix(count) { try show(shown.exchange, shown.summary) }
        terminal.flush()
    }

    /// An exchange that is over, and when that was: wall clock.
    private struct Shown {
        var exchange: Exchange
        var summary: SessionSummary

        var end: Int64 {
            summary.description.startRealtime
                &+ (exchange.responseTime ?? exchange.requestTime).nanoseconds
        }
    }

    /// The newest exchanges of a session that are over and match, at most `count`.
    private func last(_ count: Int, of summary: SessionSummary, _ now: Int64) throws -> [Shown] {
        var found: [Shown] = []
        var end = summary.state.exchanges
        while end > 0, found.count < count {
            let from = max(1, end - 511)
            let page = try source.exchanges(of: summary.description.id, from: from, limit: 512)
            for exchange in page.reversed() where exchange.number <= end && found.count < count {
                guard exchange.outcome != .pending || !summary.isLive else { continue }
                if try matches(exchange, summary, now) {
                    found.append(Shown(exchange: exchange, summary: summary))
                }
            }
            end = from - 1
        }
        return found
    }

    /// Shows what ended since the last time. False when all sessions that are followed have ended.
    mutating func step(now: Int64) throws -> Bool {
        var following = only ?? []
        for summary in try sessions().reversed() {
            let id = summary.description.id
            var place = places[id] ?? Place()
            if place.hasEnded {
                following.remove(id)
                continue
            }
            let hadEnded = !summary.isLive
            try showExchanges(of: summary, &place, now)
            if summary.state.gaps > place.gaps {
                place.gaps = summary.state.gaps
                show("✂ a gap: the recording of this session lacks a stretch", summary, .yellow)
            }
            if hadEnded {
                place.hasEnded = true
                if filter.isEmpty, !isJSON { show(SessionWords.end(of: summary), summary, .dim) }
            }
            places[id] = place
            if place.hasEnded { following.remove(id) }
        }
        terminal.flush()
        return only == nil || !following.isEmpty
    }

    private func sessions() throws -> [SessionSummary] {
        guard let only else { return try source.sessions() }
        if only.count > 1 { return try source.sessions().filter { only.contains($0.description.id) } }
        return try only.compactMap { try source.session($0) }
    }

    /// The place behind everything that has ended, so that what is in flight is shown when it ends.
    private func place(behind summary: SessionSummary) throws -> Place {
        var place = Place()
        place.gaps = summary.state.gaps
        // The end of a session that is followed is shown, and the last one's ends the command.
        place.hasEnded = !summary.isLive && only?.contains(summary.description.id) != true
        place.next = summary.state.exchanges + 1
        guard summary.isLive, summary.state.pending > 0 else { return place }
        // In flight are nearly always the newest.
        let from = max(1, summary.state.exchanges - 1000)
        let recent = try source.exchanges(of: summary.description.id, from: from, limit: 1001)
        if let oldest = recent.first(where: { $0.outcome == .pending }) {
            place.next = oldest.number
            place.shown = Set(
                recent.filter { $0.number > oldest.number && $0.outcome != .pending }.map(\.number))
        }
        return place
    }

    private mutating func showExchanges(of summary: SessionSummary, _ place: inout Place, _ now: Int64) throws
    {
        var from = place.next
        while true {
            let page = try source.exchanges(of: summary.description.id, from: from, limit: 512)
            for exchange in page {
                let isDone = exchange.outcome != .pending || !summary.isLive
                guard isDone, !place.shown.contains(exchange.number) else { continue }
                place.shown.insert(exchange.number)
                if try matches(exchange, summary, now) { try show(exchange, summary) }
            }
            while place.shown.remove(place.next) != nil { place.next += 1 }
            guard let last = page.last else { return }
            from = last.number + 1
        }
    }

    private func matches(_ exchange: Exchange, _ summary: SessionSummary, _ now: Int64) throws -> Bool {
        let subject = FilterSubject(exchange: exchange, session: summary, now: now)
        return try ExchangePayload(exchange, summary.description.id, source).matches(filter, subject)
    }

    private func show(_ exchange: Exchange, _ summary: SessionSummary) throws {
        if isJSON {
            var json = JSONWriter(escapesInvisible: true)
            json.exchange(exchange, of: summary.description.id)
            json.endLine()
            return terminal.write(json.bytes)
        }
        let payload = ExchangePayload(exchange, summary.description.id, source)
        let (request, response) = try payload.messages()
        let width = max(60, (terminal.columns ?? 160) - 34)
        let line = ExchangeLine(exchange, request: request, response: response, width: width)
        let indent = exchange.parent == nil ? "" : "  ↳ "
        show(
            indent + line.text, summary, line.isTrouble ? .red : nil,
            at: exchange.responseTime ?? exchange.requestTime)
    }

    private func show(
        _ text: String, _ summary: SessionSummary, _ style: Terminal.Style?, at time: Timestamp? = nil
    ) {
        let instant = summary.description.startRealtime &+ (time ?? summary.state.lastTime).nanoseconds
        let clock = CivilTime(nanosecondsSince1970: instant).text(fraction: 3).dropFirst(11).dropLast()
        let name = DisplayText.oneLine(summary.description.name, limit: 16)
        let padding = String(repeating: " ", count: 16 - name.count)
        terminal.line(
            terminal.styled(String(clock), .dim) + " " + name + padding + " "
                + (style.map { terminal.styled(text, $0) } ?? text))
    }
}
