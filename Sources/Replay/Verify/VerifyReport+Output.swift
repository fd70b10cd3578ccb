import Wire

/// How a report lies in a file.
public enum VerifyForm: String, Sendable, Hashable, CaseIterable {
    case text
    case json
    /// JUnit's XML, as CI systems read it.
    case junit
    /// SARIF 2.1.0, as code scanning reads it.
    case sarif
    /// Workflow commands of GitHub Actions.
    case github

    /// By a file's suffix; nil for another.
    public init?(path: String) {
        switch true {
        case path.hasSuffix(".sarif"), path.hasSuffix(".sarif.json"): self = .sarif
        case path.hasSuffix(".json"): self = .json
        case path.hasSuffix(".xml"): self = .junit
        case path.hasSuffix(".txt"): self = .text
        default: return nil
        }
    }
}

extension VerifyReport {
    /// The report in a form, with a line feed at its end.
    public func output(_ form: VerifyForm) -> [UInt8] {
        switch form {
        case .text: Array((lines.joined(separator: "\n") + "\n").utf8)
        case .json: json + [UInt8(ascii: "\n")]
        case .junit: Array(junit.utf8)
        case .sarif: sarif + [UInt8(ascii: "\n")]
        case .github: Array(annotations.map { $0 + "\n" }.joined().utf8)
        }
    }

    /// The member that tells a report of this kind, and its version.
    static let versionMember = "mcptapeVerify"
    static let version = 1
    /// The property that carries the JSON report in JUnit XML.
    static let property = "mcptape-verify"

    /// The report as one JSON object.
    public var json: [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member(Self.versionMember, Self.version)
            json.member("recording", recording)
            json.member("session", session)
            json.member("server", server)
            json.member("status", exitStatus)
            json.member("unreachable", ifPresent: unreachable)
            json.member("compared", comparedCount)
            json.member("differences", findings.count)
            json.member("skipped", skipped.count)
            json.member("comparedNothing", comparedNothing)
            json.member("strict", isStrict)
            json.member("unreadableRequests", unreadableRequests)
            json.member("gaps", gaps)
            json.member("summary", summary)
            json.member("lines") { $0.strings(lines) }
            json.member("annotations") { $0.strings(annotations) }
            json.member("findings") { json in
                json.array { json in for finding in findings { finding.write(into: &json) } }
            }
            json.member("exchanges") { json in
                json.array { json in for exchange in exchanges { exchange.write(into: &json) } }
            }
            json.member("proposals") { json in
                json.array { json in
                    for proposal in proposals {
                        json.object {
                            $0.member("bind", proposal.place)
                            $0.member("from", ifPresent: proposal.from)
                            $0.member("to", ifPresent: proposal.to)
                        }
                    }
                }
            }
        }
        return json.bytes
    }

    // MARK: JUnit

    /// A test case for each exchange, and one for what belongs to none.
    private var junit: String {
        let suite = XMLText.attribute(recording)
        let own = findings.filter { finding in
            finding.exchange == nil || !exchanges.contains { $0.number == finding.exchange }
        }
        var cases = ""
        var failures = 0
        func add(_ name: String, _ body: String) {
            cases += "    <testcase classname=\"\(suite)\" name=\"\(XMLText.attribute(name))\""
            cases += body.isEmpty ? "/>\n" : ">\n\(body)    </testcase>\n"
        }
        for exchange in exchanges {
            let found = findings.filter { $0.exchange != nil && $0.exchange == exchange.number }
            var body = found.isEmpty ? "" : Self.failure(found)
            if case .skipped(let reason) = exchange.outcome {
                let text = XMLText.attribute(reason.text)
                body +=
                    isStrict
                    ? "      <failure type=\"skipped\" message=\"\(text)\"/>\n"
                    : "      <skipped message=\"\(text)\"/>\n"
                if isStrict, found.isEmpty { failures += 1 }
            }
            if !found.isEmpty { failures += 1 }
            add(Self.name(exchange), body)
        }
        for finding in own {
            failures += 1
            add(finding.subject, Self.failure([finding]))
        }
        if let unreachable {
            failures += 1
            add(
                "the server",
                "      <failure type=\"unreachable\" message=\"\(XMLText.attribute(unreachable))\"/>\n")
        } else if comparedNothing {
            failures += 1
            add("compared", "      <failure type=\"nothing\" message=\"\(XMLText.attribute(summary))\"/>\n")
        }
        let tests = cases.components(countOf: "<testcase ")
        let whole = XMLText.attribute(String(decoding: json, as: UTF8.self))
        return #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n<testsuites>\n"
            + "  <testsuite name=\"\(suite)\" tests=\"\(tests)\" failures=\"\(failures)\" "
            + "skipped=\"\(isStrict ? 0 : skipped.count)\">\n"
            + "    <properties><property name=\"\(Self.property)\" value=\"\(whole)\"/></properties>\n"
            + cases + "  </testsuite>\n</testsuites>\n"
    }

    private static func failure(_ findings: [VerifyFinding]) -> String {
        let first = findings.first.map { $0.difference.text(limit: 200) } ?? ""
        let type = findings.first?.difference.kind.rawValue ?? ""
        let all = findings.map { $0.difference.text(limit: 400) }.joined(separator: "\n")
        return "      <failure type=\"\(type)\" message=\"\(XMLText.attribute(first))\">"
            + XMLText.attribute(all) + "</failure>\n"
    }
}

extension VerifyFinding {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("exchange", ifPresent: exchange)
            json.member("subject", subject)
            json.member("kind", difference.kind.rawValue)
            json.member("pointer", difference.pointer)
            // Values may have been cut, so they are told as text.
            json.member("recorded", ifPresent: difference.recorded)
            json.member("live", ifPresent: difference.live)
            json.member("note", ifPresent: difference.note)
            json.member("text", difference.text(limit: 200))
        }
    }
}

extension VerifiedExchange {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("exchange", ifPresent: number)
            json.member("subject", subject)
            switch outcome {
            case .same: json.member("outcome", "same")
            case .differs(let count):
                json.member("outcome", "differs")
                json.member("differences", count)
            case .skipped(let reason):
                json.member("outcome", "skipped")
                json.member("reason", reason.word)
                json.member("text", reason.text)
            case .sent: json.member("outcome", "sent")
            }
            json.member("recordedMicroseconds", ifPresent: recordedDuration.map { $0 / 1000 })
            json.member("liveMicroseconds", ifPresent: liveDuration.map { $0 / 1000 })
            json.member("latency", ifPresent: latency?.rawValue)
        }
    }
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(countOf part: String) -> Int { ranges(of: part).count }
}
