internal import MCPSemantics
internal import Recording
internal import Wire

/// Answered exchanges packed together: a row of its own costs 60 bytes and more, within a group of 256 the
/// same exchange takes about 15. A row of the same number, if there is one, is newer than the group.
enum ExchangeGroup {
    static let version: UInt8 = 2
    /// Read as well: it has no column of statuses.
    private static let versionWithoutStatus: UInt8 = 1
    /// Numbers to a group: enough to compress well, few enough that reading one stays a matter of 0.1 ms.
    static let span = 256

    /// Which group holds an exchange: group 0 has the numbers 0 to 255, and so on.
    static func place(of number: Int) -> Int { max(0, number) / span }

    /// True when nothing of the exchange is left to come but a change that nobody expects.
    static func canHold(_ exchange: Exchange) -> Bool {
        exchange.outcome != .pending && exchange.responseSequence != nil && exchange.responseTime != nil
    }

    /// The bytes of a group, before compression. *Shape*: as a block, words first, then columns.
    static func encoded(_ exchanges: [Exchange]) -> [UInt8] {
        var words: [String] = []
        var numbers: [String: Int] = [:]
        func word(_ text: String?) -> Int {
            guard let text else { return 0 }
            if let known = numbers[text] { return known }
            words.append(text)
            numbers[text] = words.count
            return words.count
        }
        var columns = [[UInt8]](repeating: [], count: Column.allCases.count)
        func put(_ column: Column, _ value: Int) { columns[column.rawValue].appendVarint(value) }
        func putSigned(_ column: Column, _ value: Int64) { columns[column.rawValue].appendSigned(value) }
        var last = (number: 0, sequence: Int64(0), time: Int64(0))
        for exchange in exchanges {
            put(.number, exchange.number &- last.number)
            let start = exchange.requestTime.nanoseconds
            let hasExtras =
                exchange.progressCount != 0 || exchange.error != nil || exchange.resultType != nil
                || exchange.parent != nil || exchange.chain != nil || exchange.httpStatus != nil
            let isFirstEvent = exchange.firstEventTime == exchange.responseTime
            columns[Column.shape.rawValue].append(
                exchange.asker.rawValue | exchange.era.rawValue << 1 | exchange.outcome.rawValue << 2
                    | (hasExtras ? 0x20 : 0) | (isFirstEvent ? 0x40 : 0))
            let id = exchange.id.text.utf8
            put(.idLength, id.count)
            columns[Column.id.rawValue].append(contentsOf: id)
            put(.method, word(exchange.method))
            put(.name, word(exchange.name))
            putSigned(.request, exchange.requestSequence &- last.sequence)
            putSigned(.response, (exchange.responseSequence ?? 0) &- exchange.requestSequence)
            putSigned(.time, start &- last.time)
            putSigned(.duration, (exchange.responseTime?.nanoseconds ?? 0) &- start)
            if !isFirstEvent {
                put(.firstEvent, exchange.firstEventTime == nil ? 0 : 1)
                if let first = exchange.firstEventTime { putSigned(.firstEvent, first.nanoseconds &- start) }
            }
            put(.requestSize, exchange.requestSize)
            put(.responseSize, exchange.responseSize)
            if hasExtras {
                put(.extras, exchange.progressCount)
                put(.extras, word(exchange.error?.code))
                put(.extras, word(exchange.error?.message))
                put(.extras, word(exchange.resultType))
                put(.extras, exchange.parent ?? 0)
                put(.extras, exchange.chain ?? 0)
                put(.statuses, exchange.httpStatus ?? 0)
            }
            last = (exchange.number, exchange.requestSequence, start)
        }
        var group: [UInt8] = [version]
        group.appendVarint(exchanges.count)
        group.appendVarint(words.count)
        for word in words {
            group.appendVarint(word.utf8.count)
            group.append(contentsOf: word.utf8)
        }
        for column in columns {
            group.appendVarint(column.count)
            group.append(contentsOf: column)
        }
        return group
    }

    private enum Column: Int, CaseIterable {
        case number, shape, idLength, id, method, name, request, response, time, duration, firstEvent
        case requestSize, responseSize, extras
        /// A column that version 1 does not have: the status of those that have extras.
        case statuses
    }

    /// The exchanges of a group, or nil when it is not one.
    static func decode(_ raw: [UInt8]) -> [Exchange]? {
        var exchanges: [Exchange] = []
        return decode(raw, from: .min, into: &exchanges) ? exchanges : nil
    }

    /// Appends the exchanges of a group from `number` on; false, and nothing is appended, when it is not one.
    static func decode(_ raw: [UInt8], from number: Int, into exchanges: inout [Exchange]) -> Bool {
        let known = exchanges.count
        let isWhole = raw.withUnsafeBytes { append($0, from: number, into: &exchanges) }
        if !isWhole { exchanges.removeLast(exchanges.count - known) }
        return isWhole
    }

    private static func append(
        _ bytes: UnsafeRawBufferPointer, from number: Int, into exchanges: inout [Exchange]
    ) -> Bool {
        var reader = ByteReader(bytes)
        guard let found = reader.byte(), found == version || found == versionWithoutStatus,
            let count = reader.int(), count <= bytes.count,
            let wordCount = reader.int(), wordCount <= bytes.count
        else { return false }
        var words: [String] = []
        for _ in 0..<wordCount {
            guard let length = reader.int(), let range = reader.range(length) else { return false }
            words.append(String(decoding: bytes[range], as: UTF8.self))
        }
        var columns: [ByteReader] = []
        for column in Column.allCases where found == version || column != .statuses {
            guard let length = reader.int(), let part = reader.reader(length) else { return false }
            columns.append(part)
        }
        var rows = GroupReader(bytes: bytes, words: words, columns: columns)
        rows.hasStatuses = found == version
        for _ in 0..<count {
            guard let exchange = rows.next() else { return false }
            if exchange.number >= number { exchanges.append(exchange) }
        }
        return true
    }

    /// Reads one exchange after the other from the columns.
    private struct GroupReader {
        let bytes: UnsafeRawBufferPointer
        let words: [String]
        var columns: [ByteReader]
        var hasStatuses = true
        private var number = 0
        private var sequence: Int64 = 0
        private var time: Int64 = 0

        init(bytes: UnsafeRawBufferPointer, words: [String], columns: [ByteReader]) {
            self.bytes = bytes
            self.words = words
            self.columns = columns
        }

        private mutating func int(_ column: Column) -> Int? { columns[column.rawValue].int() }
        private mutating func signed(_ column: Column) -> Int64? { columns[column.rawValue].signed() }

        /// The outer nil is a number that names no word.
        private mutating func word(_ column: Column) -> String?? {
            guard let number = int(column), number <= words.count else { return nil }
            return .some(number == 0 ? nil : words[number - 1])
        }

        mutating func next() -> Exchange? {
            guard let step = int(.number), let shape = columns[Column.shape.rawValue].byte(),
                let asker = Direction(rawValue: shape & 1), let era = Era(rawValue: shape >> 1 & 1),
                let outcome = Exchange.Outcome(rawValue: shape >> 2 & 7), let length = int(.idLength),
                let id = columns[Column.id.rawValue].range(length), let method = word(.method), let method,
                let name = word(.name), let request = signed(.request), let response = signed(.response),
                let start = signed(.time), let duration = signed(.duration),
                let requestSize = int(.requestSize), let responseSize = int(.responseSize)
            else { return nil }
            number = number &+ step
            sequence = sequence &+ request
            time = time &+ start
            var exchange = Exchange(
                number: number, asker: asker, id: RequestID(String(decoding: bytes[id], as: UTF8.self)),
                method: method, name: name, era: era, requestSequence: sequence,
                requestTime: Timestamp(nanoseconds: time), requestSize: requestSize)
            exchange.outcome = outcome
            exchange.responseSequence = sequence &+ response
            exchange.responseTime = Timestamp(nanoseconds: time &+ duration)
            exchange.responseSize = responseSize
            exchange.firstEventTime = exchange.responseTime
            if shape & 0x40 == 0 {
                guard let isThere = int(.firstEvent) else { return nil }
                exchange.firstEventTime = nil
                if isThere != 0 {
                    guard let first = signed(.firstEvent) else { return nil }
                    exchange.firstEventTime = Timestamp(nanoseconds: time &+ first)
                }
            }
            return shape & 0x20 == 0 || readExtras(into: &exchange) ? exchange : nil
        }

        private mutating func readExtras(into exchange: inout Exchange) -> Bool {
            guard let progress = int(.extras), let code = word(.extras), let message = word(.extras),
                let resultType = word(.extras), let parent = int(.extras), let chain = int(.extras)
            else { return false }
            exchange.progressCount = progress
            if let code { exchange.error = ResponseError(code: code, message: message ?? "") }
            exchange.resultType = resultType
            exchange.parent = parent == 0 ? nil : parent
            exchange.chain = chain == 0 ? nil : chain
            guard hasStatuses else { return true }
            guard let status = int(.statuses) else { return false }
            exchange.httpStatus = status == 0 ? nil : status
            return true
        }
    }
}
