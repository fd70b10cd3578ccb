internal import MCPSemantics
internal import Recording
internal import Wire

extension RecordingAPI {
    /// What was sent against the protocol and no single message shows.
    func violations(of summary: SessionSummary, _ request: APIRequest) throws -> PageAnswer {
        let reader = ViolationReader(summary, of: source)
        let (findings, isWhole) = try reader.findings(
            among: RecordingAPI.scanLimit, count: try limit(request))
        return PageAnswer.object { json in
            json.member("violations") { json in
                json.array { json in
                    for finding in findings {
                        json.object { json in
                            json.member("seq", finding.sequence)
                            json.member("t_us", finding.time.nanoseconds / 1000)
                            json.member("rule", finding.violation.rule)
                            json.member("exchange", ifPresent: finding.violation.exchange)
                            json.member("text", finding.violation.text)
                        }
                    }
                }
            }
            json.member("is_whole", isWhole)
        }
    }
}
