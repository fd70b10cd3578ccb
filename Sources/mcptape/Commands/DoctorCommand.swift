import ArgumentParser
import Platform
import Recording
import Store
import Wire

/// `mcptape doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines store, journal, disk and permissions, or a server, and says what to do.",
        discussion: """
            Reads every block and compares every checksum. Exit status 0: all is well, 74: something is wrong.

            With --upstream it asks a server on HTTP what it is; it calls no tool and takes at most 30 seconds. \
            Exit status 0: it speaks MCP, 69: it cannot be reached or speaks something else, 77: it asks for \
            authorization.

            Examples:
              mcptape doctor
              mcptape doctor --repair
              mcptape doctor --upstream https://api.example.com/mcp
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Flag(help: "Put right what can be put right without loss: permissions, leftovers, pointers to nowhere.")
    var repair = false

    @Flag(
        name: .customLong("drop-abandoned"),
        help: "Remove journals older than a day whose store is gone, with what they hold.")
    var dropAbandoned = false

    @OptionGroup(title: "A server on HTTP") var upstream: UpstreamOptions

    func validate() throws {
        if upstream.upstream != nil, repair || dropAbandoned {
            throw ValidationError(
                "--upstream examines a server, --repair and --drop-abandoned the store: not both")
        }
    }

    func run() throws {
        if let url = upstream.upstream { return try examine(upstream: url) }
        let terminal = global.terminal()
        let system = SystemCalls()
        let location = try global.location()
        Recovery.takeIn(
            store: location.path, retention: location.retention, system: system, announcing: true)
        var report = Doctor.examine(location.path, repairs: repair, system: system)
        report.addAbandonedJournals(store: location.path, drops: dropAbandoned, system: system)
        if reading.json {
            terminal.write(DoctorCommand.json(report, location.path))
        } else {
            print(report, location, system, terminal)
        }
        terminal.flush()
        if !report.isHealthy {
            let isMissing = report.findings.contains { $0.code == "missing" }
            throw ExitCode(isMissing ? Failure.noInput : Failure.io)
        }
    }

    private func print(
        _ report: DoctorReport, _ location: StoreLocation, _ system: SystemCalls, _ terminal: Terminal
    ) {
        func line(_ label: String, _ text: String) {
            terminal.line(
                terminal.styled(label, .dim) + String(repeating: " ", count: 9 - label.count) + text)
        }
        line("store", location.path)
        line(
            "holds",
            [
                HumanText.counted(report.sessions, "session"), HumanText.counted(report.messages, "message"),
                HumanText.counted(report.blocks, "block"),
                HumanText.size(Int(report.messageBytes)) + " of messages in "
                    + HumanText.size(Int(report.indexBytes + report.logBytes)),
            ].joined(separator: ", "))
        line("journal", JournalWords.place(store: location.path, system: system))
        line(
            "live",
            report.live.isEmpty ? "nothing records now" : HumanText.counted(report.live.count, "session"))
        if !report.waiting.isEmpty { line("waiting", HumanText.counted(report.waiting.count, "journal")) }
        if let free = report.freeBytes { line("free", HumanText.size(Int(free))) }
        for finding in report.findings {
            let (mark, style) = DoctorCommand.mark(of: finding.severity)
            terminal.line(terminal.styled(mark, style) + " " + DisplayText.oneLine(finding.text, limit: 600))
        }
        terminal.line(
            report.isHealthy
                ? terminal.styled("All is well.", .green)
                : terminal.styled("Something is wrong; what to do stands above.", .red))
    }

    private static func mark(of severity: DoctorReport.Severity) -> (String, Terminal.Style) {
        switch severity {
        case .note: ("note:", .dim)
        case .repaired: ("repaired:", .green)
        case .repairable: ("wrong, and --repair puts it right:", .yellow)
        case .problem: ("wrong:", .red)
        }
    }

    private static func json(_ report: DoctorReport, _ store: String) -> [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("store", store)
            json.member("healthy", report.isHealthy)
            json.member("sessions", report.sessions)
            json.member("messages", report.messages)
            json.member("blocks", report.blocks)
            json.member("message_bytes", report.messageBytes)
            json.member("index_bytes", report.indexBytes)
            json.member("free_bytes", ifPresent: report.freeBytes)
            json.member("live") { json in json.strings(report.live.map(\.text)) }
            json.member("waiting") { json in json.strings(report.waiting.map(\.text)) }
            json.member("findings") { json in
                json.array { json in
                    for finding in report.findings { json.finding(finding) }
                }
            }
        }
        json.endLine()
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func finding(_ finding: DoctorReport.Finding) {
        object { json in
            json.member("severity", finding.severity.rawValue)
            json.member("code", finding.code)
            json.member("text", finding.text)
            json.member("session", ifPresent: finding.session?.text)
            json.member("first", ifPresent: finding.messages?.lowerBound)
            json.member("last", ifPresent: finding.messages?.upperBound)
        }
    }
}
