import ArgumentParser
import Glibc
import HTTPTransport
import Recording
import Wire

/// What `doctor` takes to examine a server instead of the store.
struct UpstreamOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Examine this server on HTTP instead of the store: name, TLS, transport, era, authorization.",
            valueName: "url"))
    var upstream: String?

    @OptionGroup var access: ServerAccessOptions

    func validate() throws { try access.check(upstream: upstream) }

    fileprivate func probe(_ url: String) throws(HTTPFailure) -> UpstreamProbe {
        UpstreamProbe(try UpstreamURL(url), trust: access.trust, headers: try access.headers())
    }
}

extension DoctorCommand {
    /// Asks the server at `url` what it is, says so, and ends with 0, 69 or 77.
    func examine(upstream url: String) throws {
        let report: UpstreamReport
        do throws(HTTPFailure) {
            report = try upstream.probe(url).report()
        } catch {
            throw error.asFailure
        }
        let terminal = global.terminal()
        if reading.json {
            terminal.write(report.json)
        } else {
            print(report, terminal)
        }
        terminal.flush()
        switch report.verdict {
        case .ready: return
        case .authorization: throw ExitCode(Failure.refused)
        case .unreachable, .other: throw ExitCode(Failure.unavailable)
        }
    }

    private func print(_ report: UpstreamReport, _ terminal: Terminal) {
        func line(_ label: String, _ text: String) {
            let padding = String(repeating: " ", count: max(1, 12 - label.count))
            terminal.line(terminal.styled(label, .dim) + padding + DisplayText.oneLine(text, limit: 600))
        }
        line("upstream", report.url)
        if !report.addresses.isEmpty { line("addresses", report.addresses.joined(separator: ", ")) }
        if let tls = report.tls {
            line("TLS", tls.version + (tls.isVerified ? ", verified" : ", NOT VERIFIED (--insecure)"))
        }
        for answer in report.answers {
            line(answer.question.label, "\(answer.status)  \(answer.finding.text)")
        }
        if let authorization = report.authorization {
            if !authorization.challenge.isEmpty { line("challenge", authorization.challenge) }
            if let metadata = authorization.metadata { line("metadata", metadata) }
            if !authorization.resource.isEmpty { line("resource", authorization.resource) }
            if !authorization.authorizationServers.isEmpty {
                line("logs in at", authorization.authorizationServers.joined(separator: ", "))
            }
            if !authorization.scopes.isEmpty { line("scopes", authorization.scopes.joined(separator: " ")) }
        }
        if let failure = report.failure { line("failed", failure.text) }
        let (text, style) = report.verdict.sentence
        terminal.line(terminal.styled(text, style))
        for advice in report.advice { terminal.line("  " + DisplayText.oneLine(advice, limit: 600)) }
    }
}

extension UpstreamReport.Question {
    fileprivate var label: String {
        switch self {
        case .discover: "discover"
        case .initialize: "initialize"
        case .events: "GET"
        }
    }
}

extension UpstreamReport.Finding {
    fileprivate var text: String {
        switch self {
        case .refuses: "asks for authorization"
        case .other(let text): text
        case .speaks(let speaker):
            [
                speaker.transport.rawValue, speaker.revisions.joined(separator: " "),
                speaker.hasSession ? "with sessions" : "", speaker.server,
            ].filter { !$0.isEmpty }.joined(separator: ", ")
        }
    }
}

extension UpstreamReport.Verdict {
    fileprivate var sentence: (String, Terminal.Style) {
        switch self {
        case .ready: ("It speaks MCP. Record it with:", .green)
        case .authorization: ("It asks for authorization.", .yellow)
        case .unreachable: ("It cannot be reached.", .red)
        case .other: ("Something answers, and it does not speak MCP.", .red)
        }
    }
}

extension UpstreamReport {
    fileprivate var json: [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("upstream", url)
            json.member("verdict", verdict.rawValue)
            json.member("addresses") { json in json.strings(addresses) }
            if let tls {
                json.member("tls") { json in
                    json.object { json in
                        json.member("version", tls.version)
                        json.member("verified", tls.isVerified)
                    }
                }
            }
            json.member("answers") { json in
                json.array { json in
                    for answer in answers { json.answer(answer) }
                }
            }
            if let authorization { json.authorization(authorization) }
            if let failure {
                json.member("failure") { json in
                    json.object { json in
                        json.member("step", failure.step.rawValue)
                        json.member("text", failure.text)
                    }
                }
            }
            json.member("advice") { json in json.strings(advice) }
        }
        json.endLine()
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func answer(_ answer: UpstreamReport.Answer) {
        object { json in
            json.member("question", answer.question.rawValue)
            json.member("status", answer.status)
            json.member("text", answer.finding.text)
            guard case .speaks(let speaker) = answer.finding else { return }
            json.member("transport", speaker.transport == .events ? "http+sse" : "streamable-http")
            json.member("era", speaker.transport == .modern ? "modern" : "legacy")
            json.member("revisions") { json in json.strings(speaker.revisions) }
            json.member("server", speaker.server)
            json.member("sessions", speaker.hasSession)
        }
    }

    fileprivate mutating func authorization(_ authorization: UpstreamReport.Authorization) {
        member("authorization") { json in
            json.object { json in
                json.member("status", authorization.status)
                json.member("challenge", authorization.challenge)
                json.member("oauth", authorization.isOAuth)
                json.member("metadata", ifPresent: authorization.metadata)
                json.member("resource", authorization.resource)
                json.member("authorization_servers") { json in
                    json.strings(authorization.authorizationServers)
                }
                json.member("scopes") { json in json.strings(authorization.scopes) }
            }
        }
    }
}
