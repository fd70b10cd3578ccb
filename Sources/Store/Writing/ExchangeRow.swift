internal import MCPSemantics
internal import Recording
internal import Wire

/// An exchange as a row. Times and sequence numbers of answers are stored relative to the request: small
/// integers take one to four bytes.
enum ExchangeRow {
    private static let columns = """
        number, asker, era, outcome, id, method, name, request, response_after, time, first_event_after,
        response_time_after, request_size, response_size, progress, error_code, error_message, result_type,
        parent, chain, http_status
        """

    private static let insertion = """
        INSERT OR REPLACE INTO exchange (\(columns), session)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
            ?20, ?21, ?22)
        """

    private static let page = """
        SELECT \(columns) FROM exchange WHERE session = ?1 AND number >= ?2 ORDER BY number LIMIT ?3
        """

    /// The same in a store of version 1, which a reader does not migrate.
    private static let pageOfVersion1 = """
        SELECT \(columns.replacing("http_status", with: "NULL")) FROM exchange
        WHERE session = ?1 AND number >= ?2 ORDER BY number LIMIT ?3
        """

    private static let statusColumn = """
        SELECT count(*) FROM pragma_table_info('exchange') WHERE name = 'http_status'
        """

    static func write(_ exchange: Exchange, of session: Int64, to database: Database) throws(StoreFailure) {
        let insert = try database.statement(insertion)
        insert.bind(1, exchange.number)
        insert.bind(2, Int(exchange.asker.rawValue))
        insert.bind(3, Int(exchange.era.rawValue))
        insert.bind(4, Int(exchange.outcome.rawValue))
        insert.bind(5, exchange.id.text)
        insert.bind(6, exchange.method)
        insert.bind(7, exchange.name)
        insert.bind(8, exchange.requestSequence)
        insert.bind(9, exchange.responseSequence.map { $0 &- exchange.requestSequence })
        let start = exchange.requestTime.nanoseconds
        insert.bind(10, start)
        insert.bind(11, exchange.firstEventTime.map { $0.nanoseconds &- start })
        insert.bind(12, exchange.responseTime.map { $0.nanoseconds &- start })
        insert.bind(13, exchange.requestSize)
        insert.bind(14, exchange.responseSize)
        insert.bind(15, exchange.progressCount)
        insert.bind(16, exchange.error?.code)
        insert.bind(17, exchange.error?.message)
        insert.bind(18, exchange.resultType)
        insert.bind(19, exchange.parent)
        insert.bind(20, exchange.chain)
        insert.bind(21, exchange.httpStatus)
        insert.bind(22, session)
        try insert.run()
    }

    static func delete(_ number: Int, of session: Int64, in database: Database) throws(StoreFailure) {
        let delete = try database.statement("DELETE FROM exchange WHERE session = ?1 AND number = ?2")
        delete.bind(1, session)
        delete.bind(2, number)
        try delete.run()
    }

    static func read(
        of session: Int64, from number: Int, limit: Int, in database: Database
    ) throws(StoreFailure) -> [Exchange] {
        let hasStatus = try database.integer(statusColumn) == 1
        let query = try database.statement(hasStatus ? page : pageOfVersion1)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, number)
        query.bind(3, limit)
        var exchanges: [Exchange] = []
        while try query.step() { exchanges.append(exchange(query)) }
        return exchanges
    }

    private static func exchange(_ row: Statement) -> Exchange {
        let request = row.integer(7)
        let start = row.integer(9)
        var exchange = Exchange(
            number: row.int(0), asker: Direction(rawValue: UInt8(clamping: row.int(1))) ?? .clientToServer,
            id: RequestID(row.text(4)), method: row.text(5), name: row.optionalText(6),
            era: Era(rawValue: UInt8(clamping: row.int(2))) ?? .legacy, requestSequence: request,
            requestTime: Timestamp(nanoseconds: start), requestSize: row.int(12))
        exchange.outcome = Exchange.Outcome(rawValue: UInt8(clamping: row.int(3))) ?? .pending
        exchange.responseSequence = row.optionalInteger(8).map { request &+ $0 }
        exchange.firstEventTime = row.optionalInteger(10).map { Timestamp(nanoseconds: start &+ $0) }
        exchange.responseTime = row.optionalInteger(11).map { Timestamp(nanoseconds: start &+ $0) }
        exchange.responseSize = row.int(13)
        exchange.progressCount = row.int(14)
        if let code = row.optionalText(15) {
            exchange.error = ResponseError(code: code, message: row.optionalText(16) ?? "")
        }
        exchange.resultType = row.optionalText(17)
        exchange.parent = row.optionalInt(18)
        exchange.chain = row.optionalInt(19)
        exchange.httpStatus = row.optionalInt(20)
        return exchange
    }
}
