import MCPSemantics
import Wire

/// What one client message brought about, put in recorded order and into batches before it is handed out.
struct Outbox: Sendable {
    /// One message to send.
    struct Line: Sendable {
        /// Its number in the recording; messages of our own (misses, pings) come last.
        var sequence: Int64
        var bytes: ArraySlice<UInt8>
        /// Where it stood in a recorded batch of the server.
        var place: BatchPlace?
        /// It answers a live batch, and nothing in the recording says that it should stand alone.
        var joinsBatch: Bool
        /// The live batch that it answers.
        var batch: Int?
        var route = ReplayMessage.Route.session
        var answers: [RequestID] = []
        var status: Int?
        var isEvent: Bool?

        /// Framed as `bytes`, which is this line or a batch that it stands in.
        func message(_ bytes: ArraySlice<UInt8>, answering answers: [RequestID]) -> ReplayMessage {
            ReplayMessage(bytes: bytes, route: route, answers: answers, status: status, isEvent: isEvent)
        }
    }

    private var lines: [Line] = []
    private var notices: [ReplayAction] = []

    init(_ lines: [Line] = []) { self.lines = lines }

    /// Takes out what belongs to an array that is not complete, where `isOpen` says so of its live batch.
    mutating func hold(_ isOpen: (Int) -> Bool) -> [Line] {
        var held: [Line] = []
        var rest: [Line] = []
        for line in lines {
            if line.joinsBatch, let batch = line.batch, isOpen(batch) {
                held.append(line)
            } else {
                rest.append(line)
            }
        }
        lines = rest
        return held
    }

    mutating func send(_ line: Line) { lines.append(line) }

    mutating func note(_ notice: ReplayAction) { notices.append(notice) }

    /// The actions: messages first, in the order of the recording, then notices.
    func actions(batches: [ServerBatch]) -> [ReplayAction] {
        if lines.count == 1, !lines[0].joinsBatch, lines[0].place == nil {
            return [.send(lines[0].message(lines[0].bytes, answering: lines[0].answers))] + notices
        }
        var ordered = lines.enumerated().sorted {
            ($0.element.sequence, $0.offset) < ($1.element.sequence, $1.offset)
        }.map(\.element)
        let whole = completeBatches(in: ordered, batches: batches)
        // One live batch is answered by one array: answers from elsewhere dissolve the recorded ones.
        let dissolves = ordered.contains {
            $0.joinsBatch && !($0.place.map { whole.contains($0.batch) } ?? false)
        }
        if !dissolves { ordered = rejoined(ordered, whole: whole, batches: batches) }
        return joined(ordered).map { .send($0) } + notices
    }

    /// The recorded batches of which every member is to be sent, once.
    private func completeBatches(in lines: [Line], batches: [ServerBatch]) -> Set<Int> {
        var members: [Int: Set<Int>] = [:]
        var doubled: Set<Int> = []
        for line in lines {
            guard let place = line.place else { continue }
            if !members[place.batch, default: []].insert(place.member).inserted {
                doubled.insert(place.batch)
            }
        }
        let complete = members.filter { $0.value.count == batches[$0.key].members.count }.map(\.key)
        return Set(complete).subtracting(doubled)
    }

    /// Puts the members of complete batches back into the recorded array, in the place of the first of them.
    private func rejoined(_ lines: [Line], whole: Set<Int>, batches: [ServerBatch]) -> [Line] {
        var result: [Line] = []
        var done: Set<Int> = []
        for line in lines {
            guard let place = line.place, whole.contains(place.batch) else {
                result.append(line)
                continue
            }
            guard done.insert(place.batch).inserted else { continue }
            let batch = batches[place.batch]
            var splice = JSONSplice()
            var whole = line
            whole.answers = []
            for member in lines {
                guard let other = member.place, other.batch == place.batch else { continue }
                splice.replace(batch.members[other.member], with: member.bytes)
                whole.answers += member.answers
            }
            whole.bytes = splice.result(on: batch.text)
            whole.place = nil
            whole.joinsBatch = false
            result.append(whole)
        }
        return result
    }

    /// Puts what answers a live batch into one array, in the place of the last of it.
    private func joined(_ lines: [Line]) -> [ReplayMessage] {
        guard let last = lines.lastIndex(where: \.joinsBatch) else {
            return lines.map { $0.message($0.bytes, answering: $0.answers) }
        }
        var result: [ReplayMessage] = []
        var answers: [RequestID] = []
        var array: [UInt8] = [UInt8(ascii: "[")]
        for (index, line) in lines.enumerated() {
            guard line.joinsBatch else {
                result.append(line.message(line.bytes, answering: line.answers))
                continue
            }
            answers += line.answers
            if array.count > 1 { array.append(UInt8(ascii: ",")) }
            array += line.bytes
            if index == last {
                result.append(line.message((array + [UInt8(ascii: "]")])[...], answering: answers))
            }
        }
        return result
    }
}
