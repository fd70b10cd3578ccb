public import MCPSemantics
import Wire

extension ReplayEngine {
    // MARK: - Requests that the recording does not answer

    /// Whether a request that has a rule of our own is the real server's all the same.
    ///
    /// A probe for the newer era is not while the recording begins with a handshake of the older one: the
    /// real server's answer would lead the client away from all that is recorded.
    func isForRealServer(_ method: String) -> Bool {
        guard index.rules.misses == .forward else { return false }
        // What holds nothing yet is to hold everything.
        if index.methods.isEmpty { return true }
        guard method != "ping" else { return false }
        return method != "server/discover" || !index.methods.contains("initialize")
    }

    /// Does about a miss what the rules say.
    mutating func resolve(_ miss: NearestMiss, text: ArraySlice<UInt8>, live: LiveRequest) {
        switch index.rules.misses {
        case .error:
            answer(miss, live: live)
        case .nearest:
            guard let cue = nearestAnswered(miss) else { return answer(miss, live: live) }
            var miss = miss
            miss.resolution = .nearest
            play(cue: cue, live: live, isRepeat: true, nearest: miss)
            note(miss)
        case .forward:
            forwarded[live.id] = miss
            outbox.note(.forward(ForwardedMessage(kind: .request(live.id), bytes: text)))
        }
    }

    /// The place of the nearest recorded request, when it has an answer.
    private func nearestAnswered(_ miss: NearestMiss) -> Int? {
        guard let number = miss.nearest else { return nil }
        return script.cues.firstIndex {
            $0.request?.exchange == number && $0.request?.method == miss.method
                && $0.request?.answer == .recorded
        }
    }

    // MARK: - What a transport tells of the real server

    /// The real server's answer to a forwarded request was sent to the client.
    public mutating func forwardAnswered(_ id: RequestID) {
        guard forwarded.removeValue(forKey: id) != nil else { return }
        report.forwarded += 1
    }

    /// The real server will not answer a forwarded request: it is answered as a miss, which says why.
    ///
    /// `reason` is half a sentence, such as `it could not be started: …`.
    public mutating func forwardFailed(
        _ id: RequestID, because reason: String, at time: Timestamp
    ) -> [ReplayAction] {
        guard var miss = forwarded.removeValue(forKey: id) else { return [] }
        miss.resolution = .failed(reason)
        answer(miss, live: LiveRequest(id: id, progressToken: nil))
        return flush()
    }

    /// The client is gone, and with it who would have got the answers that are still owed.
    mutating func reportOwed() {
        let owed = forwarded.sorted {
            ($0.key.text.utf8.count, $0.key.text) < ($1.key.text.utf8.count, $1.key.text)
        }
        forwarded = [:]
        // To be left open is the normal end of a subscription.
        for (_, miss) in owed where MethodCatalogue[miss.method]?.isLongLived != true {
            let recorded = ReplayReport.Recorded(exchange: nil, subject: Self.subject(miss.method, miss.name))
            report.noteUnanswered(recorded, .realServerOwes)
        }
    }

    /// The id under which the client is to get a request of the real server: no other that is open bears it.
    public mutating func idForForwardedServerRequest() -> RequestID {
        var id: RequestID
        repeat {
            mintedIDs += 1
            id = RequestID("\"mcptape-\(mintedIDs)\"")
        } while openServerRequests[id] != nil || !forwardedServerRequests.insert(id).inserted
        return id
    }

    /// The real server took its request back, or is gone.
    public mutating func dropForwardedServerRequest(_ id: RequestID) { forwardedServerRequests.remove(id) }

    /// Exchanges that were added to the recording.
    public mutating func noteAdded(_ count: Int) { report.added += count }

    /// Something about the real server that whoever reads the report must know.
    public mutating func note(ofRealServer text: String) {
        _ = report.note(Divergence(.realServer, subject: text))
    }

    /// The protocol revision of the recorded handshake; nil when there is none on record.
    public var recordedRevision: String? {
        for cue in script.cues where cue.request?.method == "initialize" {
            for case .send(let line) in cue.steps where line.role == .answer {
                return JSONTree(line.text)?.root["result"]?["protocolVersion"]?.stringValue
            }
        }
        return nil
    }

    // MARK: - What of the client is the real server's

    mutating func forwardNotification(_ digest: MessageDigest, text: ArraySlice<UInt8>) {
        guard index.rules.misses == .forward else { return }
        guard digest.method == "notifications/cancelled" else {
            return outbox.note(.forward(ForwardedMessage(kind: .notification, bytes: text)))
        }
        guard let id = digest.cancels else { return }
        cancelForwarded(id, saying: text)
    }

    @discardableResult
    private mutating func cancelForwarded(_ id: RequestID, saying text: ArraySlice<UInt8>) -> Bool {
        guard forwarded.removeValue(forKey: id) != nil else { return false }
        report.forwarded += 1
        outbox.note(.forward(ForwardedMessage(kind: .cancellation(id), bytes: text)))
        return true
    }

    /// The client closed the stream of a request, which the real server is to know; false: it has not got it.
    mutating func giveUpForwarded(_ id: RequestID) -> Bool {
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("method", "notifications/cancelled")
            json.member("params") {
                $0.object {
                    $0.member("_meta") {
                        $0.object { json in
                            let revision = ProtocolRevision.v2026_07_28.rawValue
                            json.member("io.modelcontextprotocol/protocolVersion", revision)
                        }
                    }
                    $0.member("requestId", raw: id.text.utf8)
                }
            }
        }
        return cancelForwarded(id, saying: json.bytes[...])
    }

    /// True when the client's answer is to a request of the real server.
    mutating func takeForwardedAnswer(_ digest: MessageDigest, text: ArraySlice<UInt8>) -> Bool {
        guard let id = digest.id, forwardedServerRequests.remove(id) != nil else { return false }
        outbox.note(.forward(ForwardedMessage(kind: .answer(id), bytes: text)))
        return true
    }
}
