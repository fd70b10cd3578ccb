public import MCPSemantics
public import Wire

/// The objects of `--json` and of the viewer's API: stable names, one place.
///
/// Times are microseconds since the session began (`…_us`) but for `started`, which is wall clock.
extension JSONWriter {
    /// A session as an object.
    public mutating func session(_ summary: SessionSummary, diagnosis: String? = nil) {
        let description = summary.description
        let state = summary.state
        object { json in
            json.member("session", description.id.text)
            json.member("name", description.name)
            json.member("transport", description.transport.rawValue)
            json.member(
                "started", CivilTime(nanosecondsSince1970: description.startRealtime).text(fraction: 6))
            json.member("live", summary.isLive)
            json.member("kept", summary.isKept)
            json.member("duration_us", state.lastTime.nanoseconds / 1000)
            json.member("revision", ifPresent: state.revision)
            json.member("eras") { json in json.strings(state.eras.map { $0 == .legacy ? "legacy" : "modern" })
            }
            json.peer("client", state.client)
            json.peer("server", state.server)
            json.member("client_address", ifPresent: state.clientAddress)
            if !state.traces.isEmpty { json.member("traces") { json in json.strings(state.traces) } }
            json.tally("messages", state.messages)
            json.tally("bytes", state.bytes)
            json.member("exchanges", state.exchanges)
            json.member("errors", state.errors)
            json.member("tool_errors", state.toolErrors)
            json.member("pending", state.pending)
            json.tally("foreign_lines", state.foreignLines)
            json.member("stderr_lines", state.standardErrorLines)
            json.member("gaps", state.gaps)
            json.member("gap_bytes", state.gapBytes)
            json.member("command") { json in json.strings(description.command) }
            json.member("directory", ifPresent: description.workingDirectory)
            json.member("capture", description.capture.rawValue)
            json.member("run", ifPresent: description.run)
            json.member("tags") { json in
                json.object { json in for tag in description.tags { json.member(tag.key, tag.value) } }
            }
            if let host = description.host {
                json.member("host") { json in
                    json.object { json in
                        json.member("pid", host.processID)
                        json.member("name", host.name)
                    }
                }
            }
            json.end(state.end)
            json.member("head_lost_before", ifPresent: summary.headLostBefore)
            json.member("diagnosis", ifPresent: diagnosis)
        }
    }

    /// An exchange as an object.
    public mutating func exchange(_ exchange: Exchange, of session: SessionID) {
        object { json in
            json.member("session", session.text)
            json.member("exchange", exchange.number)
            json.member("asker", exchange.asker == .clientToServer ? "client" : "server")
            json.member("id") { json in json.token(exchange.id.text.utf8) }
            json.member("method", exchange.method)
            json.member("name", ifPresent: exchange.name)
            json.member("era", exchange.era == .legacy ? "legacy" : "modern")
            json.member("status", exchange.outcome.word)
            json.member("start_us", exchange.requestTime.nanoseconds / 1000)
            json.member("duration_us", ifPresent: exchange.duration.map { $0 / 1000 })
            json.member(
                "first_event_us",
                ifPresent: exchange.firstEventTime.map { $0.since(exchange.requestTime) / 1000 })
            json.member("request_bytes", exchange.requestSize)
            json.member("response_bytes", exchange.responseSize)
            json.member("request_seq", exchange.requestSequence)
            json.member("response_seq", ifPresent: exchange.responseSequence)
            json.member("progress", exchange.progressCount)
            json.member("parent", ifPresent: exchange.parent)
            json.member("chain", ifPresent: exchange.chain)
            json.member("http_status", ifPresent: exchange.httpStatus)
            json.member("result_type", ifPresent: exchange.resultType)
            if let error = exchange.error {
                json.member("error") { json in
                    json.object { json in
                        // A broken server's error may have none, or one too long to be kept whole.
                        if JSONText.isValid(Array(error.code.utf8)[...]) {
                            json.member("code", raw: error.code.utf8)
                        } else if !error.code.isEmpty {
                            json.member("code", error.code)
                        }
                        json.member("message", error.message)
                    }
                }
            }
        }
    }

    private mutating func peer(_ name: String, _ handshake: Handshake?) {
        guard let info = handshake?.peer else { return }
        member(name) { json in
            json.object { json in
                json.member("name", info.name)
                json.member("version", ifPresent: info.version)
                json.member("title", ifPresent: info.title)
            }
        }
    }

    private mutating func tally(_ name: String, _ tally: SessionState.Tally) {
        member(name) { json in
            json.object { json in
                json.member("c2s", tally.clientToServer)
                json.member("s2c", tally.serverToClient)
            }
        }
    }

    private mutating func end(_ end: SessionEnd?) {
        guard let end else { return }
        member("end") { json in
            json.object { json in
                json.member("reason", end.reason.rawValue)
                switch end.exit {
                case .code(let code)?: json.member("exit_code", code)
                case .signal(let signal)?: json.member("signal", signal)
                case nil: break
                }
            }
        }
    }
}
