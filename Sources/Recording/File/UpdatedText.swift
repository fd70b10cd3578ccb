import MCPSemantics
import Wire

/// Writes a file again with some lines of one session replaced.
struct UpdatedText {
    private let file: FileRecording
    private let session: Int
    private let old: WholeSession
    private let live: WholeSession
    private let writer: RecordingFileWriter
    private var text: [UInt8] = []
    /// The session's times, old and new, of the last line that was written: a new one comes as long after it
    /// as it did.
    private var lastTimes = (old: Timestamp.zero, new: Timestamp.zero)

    init(file: FileRecording, session: Int, old: WholeSession, live: WholeSession) {
        self.file = file
        self.session = session
        self.old = old
        self.live = live
        writer = RecordingFileWriter(header: file.header)
    }

    mutating func text(by plan: LinePlan) -> [UInt8] {
        let bytes = file.bytes
        let lines = file.contents[session].lines
        let start = bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        text = header(bytes[..<start], isChanged: !plan.changes.isEmpty)
        // The first time that no line before a place may exceed: that of the next one that stays.
        var ceilings = Array(repeating: Timestamp(nanoseconds: .max), count: lines.count + 1)
        for place in lines.indices.reversed() {
            ceilings[place] = plan.kept[place] != nil ? lines[place].time : ceilings[place + 1]
        }
        let last = max(plan.kept.keys.max() ?? -1, plan.replacement.keys.max() ?? -1)
        write(plan.following[-1] ?? [], behind: -1, isLast: last < 0, ceilings[0])
        var position = start
        for (place, line) in lines.enumerated() {
            text += bytes[position..<line.start]
            position = min(line.end + 1, bytes.count)
            if let entry = plan.kept[place] {
                text += bytes[line.start..<position]
                if text.last != 0x0A { text.append(0x0A) }
                lastTimes = (line.time, live.entries[entry].time)
            } else if let entry = plan.replacement[place] {
                write(entry, sequence: stated(by: line), ceilings[place + 1])
            }
            if let entries = plan.following[place] {
                write(entries, behind: place, isLast: place >= last, ceilings[place + 1])
            }
        }
        return text + bytes[position...]
    }

    /// The number that a line has of itself: behind one without, it is lower than what it is read as.
    private func stated(by line: FileIndexLine) -> Int64? {
        let text = file.bytes[line.start..<line.end]
        switch RecordingFileLine(text, number: Int(line.number), hasLineFeed: true).content {
        case .message(let message): return message.place.sequence
        case .gap(let gap): return gap.place.sequence
        case .other, .damaged: return nil
        }
    }

    /// Entries between two lines have no number of their own; those behind the last go on counting.
    private mutating func write(_ entries: [Int], behind place: Int, isLast: Bool, _ ceiling: Timestamp) {
        var next = place >= 0 ? file.contents[session].lines[place].sequence + 1 : 1
        for entry in entries {
            write(entry, sequence: isLast ? next : nil, ceiling)
            next += 1
        }
    }

    private mutating func write(_ entry: Int, sequence: Int64?, _ ceiling: Timestamp) {
        let since = max(0, live.entries[entry].time.since(lastTimes.new))
        let time = min(Timestamp(nanoseconds: lastTimes.old.nanoseconds &+ since), ceiling)
        lastTimes = (time, live.entries[entry].time)
        let id = file.header.sessions[session].description.id
        switch live.entries[entry] {
        case .gap(var record):
            record.sequence = sequence ?? 0
            record.gap.to = Timestamp(
                nanoseconds: time.nanoseconds &+ record.gap.to.since(record.gap.from))
            record.gap.from = time
            append(writer.line(for: .gap(record), of: id), isNumbered: sequence != nil)
        case .message(var message):
            var exchange = message.exchange.flatMap { live.exchange($0) }
            // The writer tells an answer without its payload by its number.
            if exchange?.responseSequence == message.sequence { exchange?.responseSequence = sequence ?? 0 }
            message.sequence = sequence ?? 0
            message.time = time
            let line = writer.line(for: .message(message), of: id, exchange: exchange)
            append(line, isNumbered: sequence != nil)
        }
    }

    private mutating func append(_ line: [UInt8], isNumbered: Bool) {
        if text.last != 0x0A { text.append(0x0A) }
        guard !isNumbered, let comma = line.firstIndex(of: UInt8(ascii: ",")) else {
            text += line
            return
        }
        // `{"seq":0,` is what every line begins with.
        text.append(UInt8(ascii: "{"))
        text += line[(comma + 1)...]
    }

    // MARK: - The header

    /// What a header says of the conversation, and not of when and where it took place.
    private static let updated = ["command", "masked", "revision", "client", "server", "redaction"]

    /// The first line, in which what is another now is replaced; how the session ended only with a message.
    private func header(_ line: ArraySlice<UInt8>, isChanged: Bool) -> [UInt8] {
        guard let tree = JSONTree(line) else { return Array(line) }
        let nodes = tree.root["sessions"].map { Array($0.children) } ?? [tree.root]
        guard session < nodes.count else { return Array(line) }
        var json = JSONWriter()
        live.summary.writeFileHeader(to: &json, statesHandshakes: false)
        guard let new = JSONTree(FileTextEscaper.lineSafe(json.bytes)[...])?.root else { return Array(line) }
        var splice = JSONSplice()
        for name in Self.updated + (isChanged ? ["end"] : []) {
            guard let known = nodes[session][name], let value = new[name] else { continue }
            if known.text != value.text { splice.replace(known.range, with: value.text) }
        }
        return splice.applied(to: line) ?? Array(line)
    }
}
