import Wire

extension VerifyReport {
    /// Source: OASIS SARIF 2.1.0. The place of a result is the recording; what is inside it is a logical one.
    var sarif: [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
            json.member("version", "2.1.0")
            json.member("runs") { json in
                json.array { json in
                    json.object { json in
                        writeTool(into: &json)
                        json.member("results") { json in json.array { writeResults(into: &$0) } }
                    }
                }
            }
        }
        return json.bytes
    }

    private func writeTool(into json: inout JSONWriter) {
        json.member("tool") { json in
            json.object { json in
                json.member("driver") { json in
                    json.object { json in
                        json.member("name", "mcptape verify")
                        json.member("rules") { json in
                            json.array { json in
                                for kind in AnswerDifference.Kind.allCases {
                                    Self.rule(kind.rawValue, kind.meaning, into: &json)
                                }
                                Self.rule("skipped", "A recorded request was not sent", into: &json)
                                Self.rule("nothing_compared", "Nothing was compared", into: &json)
                                Self.rule("unreachable", "The server was not reached", into: &json)
                            }
                        }
                    }
                }
            }
        }
    }

    /// GitHub wants all three texts. Source: GitHub, SARIF support for code scanning.
    private static func rule(_ id: String, _ meaning: String, into json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            for member in ["shortDescription", "fullDescription", "help"] {
                json.member(member) { json in json.object { $0.member("text", meaning) } }
            }
        }
    }

    private func writeResults(into json: inout JSONWriter) {
        for finding in findings {
            let text = "\(finding.subject): \(finding.difference.text(limit: 400))"
            let number = finding.exchange.map { "#\($0)" } ?? ""
            write(
                finding.difference.kind.rawValue, "error", text, at: number + finding.difference.pointer,
                of: finding.exchange, into: &json)
        }
        for (exchange, reason) in skipped {
            write(
                "skipped", isStrict ? "error" : "note", "\(Self.name(exchange)): \(reason.text)",
                at: exchange.number.map { "#\($0)" } ?? "", of: exchange.number, into: &json)
        }
        if let unreachable {
            write("unreachable", "error", unreachable, at: "", into: &json)
        } else if comparedNothing {
            write("nothing_compared", "error", summary, at: "", into: &json)
        }
    }

    /// A path as a URI reference, relative ones without a leading `./`.
    static func uri(_ path: String) -> String {
        var text = path.hasPrefix("/") ? "file://" : ""
        let isPlain = { (byte: UInt8) in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._~/".utf8.contains(byte)
            }
        }
        for byte in (path.hasPrefix("./") ? path.dropFirst(2) : path[...]).utf8 {
            let hex = String(byte, radix: 16, uppercase: true)
            text += isPlain(byte) ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + hex
        }
        return text
    }

    /// The line of a request; without one the file as a whole, where GitHub wants a line.
    private static func writeRegion(_ line: Int?, into json: inout JSONWriter) {
        json.member("startLine", line ?? 1)
        json.member("startColumn", 1)
        json.member("endLine", line ?? 1)
        if line == nil { json.member("endColumn", 1) }
    }

    private func write(
        _ rule: String, _ level: String, _ text: String, at place: String, of exchange: Int? = nil,
        into json: inout JSONWriter
    ) {
        let line = exchange.flatMap { requestLines[$0] }
        json.object { json in
            json.member("ruleId", rule)
            json.member("level", level)
            json.member("message") { json in json.object { $0.member("text", text) } }
            json.member("locations") { json in
                json.array { json in
                    json.object { json in
                        json.member("physicalLocation") { json in
                            json.object { json in
                                json.member("artifactLocation") { json in
                                    json.object { $0.member("uri", Self.uri(recording)) }
                                }
                                json.member("region") { json in
                                    json.object { Self.writeRegion(line, into: &$0) }
                                }
                            }
                        }
                        guard !place.isEmpty else { return }
                        json.member("logicalLocations") { json in
                            json.array { json in
                                json.object { $0.member("fullyQualifiedName", place) }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension AnswerDifference.Kind {
    /// What a person reads of the rule.
    fileprivate var meaning: String {
        switch self {
        case .value: "Another value than recorded"
        case .shape: "A value of another type than recorded"
        case .missing: "Something recorded is not there now"
        case .extra: "Something is there now that was not recorded"
        case .error: "A result became an error, an error a result or another one"
        case .order: "A list has the recorded members in another order"
        case .latency: "It took much longer than recorded"
        }
    }
}
