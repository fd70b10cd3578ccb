import MCPSemantics
import Recording
import Wire

/// MCP-like messages from a seed: repeated tool lists, text and JSON results, progress.
struct SampleTraffic {
    private var state: UInt64
    private var time: Int64 = 0
    private var sequence: Int64 = 0
    private var requestID = 0
    private var exchange = 0

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func random() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(random() % UInt64(range.count))
    }

    private mutating func text(words: Int) -> String {
        (0..<words).map { _ in
            let word = SampleTraffic.vocabulary[number(0...SampleTraffic.vocabulary.count - 1)]
            return number(0...9) == 0 ? word + String(number(0...99_999)) : word
        }.joined(separator: " ")
    }

    private static let vocabulary = """
        the of and to in is that for it as was with be by on not he his but at are this have from or
        had an they which one you were all her she there would their we him been has when who will
        no more if out so what up said its about than into them can only other time new some could
        these two may first then do any like my now over such our man me even most made after also
        did many off before must well back through years much where your way down should because
        long each just state those people too mr how little good world make very year still see own
        work men day get here old life both between being under three never know same last another
        while us might great go come since against right came take used himself few house american
        use place during high without again home around small however found mrs part school thought
        went say general once upon every left war don does got united number hand course water until
        always away public something fact less though far put head think called set almost enough
        end took government night yet system better
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    static let tools: String = (0..<24).map { index in
        """
        {"name":"tool_\(index)",\
        "description":"Reads item \(index) of the collection and says what it found.",\
        "inputSchema":{"type":"object","properties":{"query":{"type":"string",\
        "description":"What to look for"},\
        "limit":{"type":"integer","minimum":1,"maximum":\(index + 10)}},"required":["query"]}}
        """
    }.joined(separator: ",")

    /// The messages of one exchange, with the exchange as it is at its end.
    mutating func next() -> [RecordedEvent] {
        requestID += 1
        exchange += 1
        let kind = number(0...99)
        var events: [RecordedEvent] = []
        var made: Exchange
        let id = RequestID(String(requestID))
        if kind < 6 {
            let request = message(
                #"{"jsonrpc":"2.0","id":\#(requestID),"method":"tools/list"}"#, .request, "tools/list", nil,
                id)
            made = start(request)
            events.append(.message(request))
            events.append(
                .message(
                    answer(
                        #"{"jsonrpc":"2.0","id":\#(requestID),"result":{"tools":[\#(SampleTraffic.tools)]}}"#,
                        id, &made)))
        } else {
            let tool = "tool_\(number(0...23))"
            let request = message(
                #"{"jsonrpc":"2.0","id":\#(requestID),"method":"tools/call","params":{"name":"\#(tool)","#
                    + #""arguments":{"query":"\#(text(words: number(2...8)))","limit":\#(number(1...50))},"#
                    + #""_meta":{"progressToken":\#(requestID)}}}"#, .request, "tools/call", tool, id)
            made = start(request)
            events.append(.message(request))
            for step in 0..<(kind % 4 == 0 ? number(1...4) : 0) {
                events.append(
                    .message(
                        message(
                            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#
                                + #"\#(requestID),"progress":\#(step),"total":4}}"#,
                            .notification, "notifications/progress", nil, nil, .serverToClient)))
            }
            let content: String
            if kind < 50 {
                content = #"{"type":"text","text":"\#(text(words: number(50...500)))"}"#
            } else {
                let rows = (0..<number(5...50)).map { row in
                    #"{\"row\":\#(row),\"value\":\#(number(0...1_000_000)),\"label\":\"\#(text(words: 3))\"}"#
                }
                content = #"{"type":"text","text":"[\#(rows.joined(separator: ","))]"}"#
            }
            events.append(
                .message(
                    answer(
                        #"{"jsonrpc":"2.0","id":\#(requestID),"result":{"content":[\#(content)],"#
                            + #""isError":false}}"#,
                        id,
                        &made)))
        }
        events.append(.exchange(made))
        return events
    }

    mutating func message(
        _ text: String, _ kind: MessageKind, _ method: String?, _ name: String?, _ id: RequestID?,
        _ lane: Lane = .clientToServer
    ) -> MessageRecord {
        sequence += 1
        time += Int64(number(20_000...3_000_000))
        let body = ArraySlice(text.utf8)
        var message = MessageRecord(
            sequence: sequence, time: Timestamp(nanoseconds: time), lane: lane, kind: kind,
            body: .inline(body),
            size: body.count)
        message.method = method
        message.name = name
        message.id = id
        message.exchange = exchange == 0 ? nil : exchange
        return message
    }

    private func start(_ request: MessageRecord) -> Exchange {
        Exchange(
            number: exchange, asker: .clientToServer, id: request.id ?? RequestID("0"),
            method: request.method ?? "",
            name: request.name, era: .legacy, requestSequence: request.sequence, requestTime: request.time,
            requestSize: request.size)
    }

    private mutating func answer(_ text: String, _ id: RequestID, _ made: inout Exchange) -> MessageRecord {
        let response = message(text, .response, nil, nil, id, .serverToClient)
        made.responseSequence = response.sequence
        made.responseTime = response.time
        made.firstEventTime = response.time
        made.responseSize = response.size
        made.outcome = .ok
        return response
    }
}
