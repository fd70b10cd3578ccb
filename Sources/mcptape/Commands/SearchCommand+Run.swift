import ArgumentParser
import MCPSemantics
import Platform
import Recording
import Store
import Wire

extension SearchCommand {
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let finder = SearchFinder(
            alternatives: alternatives, filter: try Filter.reading(filter), now: system.realtime(),
            limit: limit)
        let source: any RecordingSource
        var chosen: [SessionSummary]?
        if let recording {
            let opened = try OpenedRecording.open(recording, global: global).whole(
                "search looks through whole sessions", hint: "leave it out, or read it: mcptape show")
            (source, chosen) = (opened.source, opened.sessions)
        } else {
            source = try OpenedStore.forReading(global, system: system).store
        }
        let isJSON = reading.json
        let printer = SearchPrinter(terminal: terminal)
        let count = try finder.find(in: source, chosen) { match in
            if isJSON { printer.printJSON(match) } else { printer.print(match) }
        }
        if count == 0 && !isJSON { terminal.line("Nothing found.") }
        if count == limit && !isJSON {
            terminal.line(terminal.styled("… stopped at --limit \(limit)", .dim))
        }
        terminal.flush()
        try source.complainOfDamage()
    }

    /// The text as it stands, and as it stands inside a JSON string where that differs.
    private var alternatives: [ByteSearch] {
        let escaped = JSONText.quoted(text).utf8.dropFirst().dropLast()
        let plain = ByteSearch(text.utf8, ignoringCase: ignoreCase)
        return escaped.elementsEqual(text.utf8)
            ? [plain] : [plain, ByteSearch(escaped, ignoringCase: ignoreCase)]
    }
}

/// A message that holds the text.
struct SearchMatch {
    var session: SessionSummary
    var message: MessageRecord
    var exchange: Exchange?
    /// The bytes around the first occurrence, and where in them it is.
    var context: ArraySlice<UInt8>
}

/// Finds messages, newest first, in the store or in a file.
struct SearchFinder {
    let alternatives: [ByteSearch]
    let filter: Filter
    let now: Int64
    let limit: Int

    /// Calls `receive` for each match and answers how many there were.
    func find(
        in source: any RecordingSource, _ chosen: [SessionSummary]?, _ receive: (SearchMatch) throws -> Void
    ) throws -> Int {
        let sessions = try chosen ?? source.sessions()
        let worth = sessions.filter { filter.mayMatch(session: $0, now: now) }
        var count = 0
        func check(_ summary: SessionSummary, _ message: MessageRecord, _ reader: ConversationReader) throws
            -> Bool
        {
            let exchange = try message.exchange.flatMap { try reader.exchange($0) }
            let subject = FilterSubject(
                entry: .message(message), exchange: exchange, session: summary, now: now)
            let context = try self.context(of: message, in: summary.description.id, source)
            let isMatch = filter.matches(subject) { text in
                let search = ByteSearch(text.utf8)
                return (try? source.payload(of: message, in: summary.description.id, contains: search))
                    ?? false
            }
            guard isMatch else { return true }
            count += 1
            try receive(SearchMatch(session: summary, message: message, exchange: exchange, context: context))
            return count < limit
        }
        if let store = source as? Store {
            for summary in worth where count < limit {
                let reader = ConversationReader(summary, of: source, now: now)
                let request = SearchRequest(alternatives, sessions: [summary.description.id])
                try store.search(request) { _, message in try check(summary, message, reader) }
            }
            return count
        }
        for summary in worth {
            let reader = ConversationReader(summary, of: source, now: now)
            var found: [MessageRecord] = []
            while let (entry, _) = try reader.next() {
                guard case .message(let message) = entry else { continue }
                let id = summary.description.id
                let isMatch = try alternatives.contains {
                    try source.payload(of: message, in: id, contains: $0)
                }
                if isMatch { found.append(message) }
            }
            for message in found.reversed() where count < limit { _ = try check(summary, message, reader) }
        }
        return count
    }

    /// The first occurrence with what stands around it.
    private func context(
        of message: MessageRecord, in session: SessionID, _ source: any RecordingSource
    ) throws -> ArraySlice<UInt8> {
        var context: ArraySlice<UInt8> = []
        func look(_ bytes: ArraySlice<UInt8>) {
            guard context.isEmpty else { return }
            let found = alternatives.lazy.compactMap { search in
                search.firstIndex(in: bytes).map { (at: $0, length: search.needle.count) }
            }.first
            guard let found else { return }
            let start = max(bytes.startIndex, found.at - 40)
            context = bytes[start..<min(bytes.endIndex, found.at + found.length + 80)]
        }
        switch message.body {
        case .inline(let bytes): look(bytes)
        case .parts(let body, _): try source.readParts(of: session, body: body) { look($0) }
        case .omitted: break
        }
        return context
    }
}

/// Prints matches, one a line.
struct SearchPrinter {
    let terminal: Terminal

    func print(_ match: SearchMatch) {
        let line = ConversationLine(.message(match.message), exchange: match.exchange, summaryWidth: 0)
        let width = max(40, (terminal.columns ?? 160) - 64)
        let place = match.exchange.map { "#\($0.number)" } ?? "message \(match.message.sequence)"
        terminal.line(
            terminal.styled(match.session.description.id.text, .bold) + " "
                + DisplayText.oneLine(match.session.description.name, limit: 16) + " " + line.arrow + " "
                + terminal.styled(place, .cyan) + " " + line.label + "  "
                + DisplayText.oneLine(utf8: match.context, limit: width))
    }

    func printJSON(_ match: SearchMatch) {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("session", match.session.description.id.text)
            json.member("server", match.session.description.name)
            json.member("seq", match.message.sequence)
            json.member("t_us", match.message.time.nanoseconds / 1000)
            json.member("exchange", ifPresent: match.message.exchange)
            json.member("method", ifPresent: match.message.method ?? match.exchange?.method)
            json.member("name", ifPresent: match.message.name ?? match.exchange?.name)
            json.key("context")
            json.string(utf8: match.context)
        }
        json.endLine()
        terminal.write(json.bytes)
    }
}
