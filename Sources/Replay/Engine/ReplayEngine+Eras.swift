import MCPSemantics
import Wire

extension ReplayScript {
    /// The era of the recorded server, where the recording shows one and not the other: by the handshake that
    /// it answered, or by what requests state. A probe that failed shows nothing.
    var era: Era? {
        var found: Set<Era> = []
        for place in cues.indices {
            guard case .request(let request) = cues[place].trigger else { continue }
            if request.method == "initialize" || request.method == "server/discover" {
                if cues[place].handshakeResult != nil {
                    found.insert(request.method == "initialize" ? .legacy : .modern)
                }
            } else if request.statedEra == .modern {
                found.insert(.modern)
            }
        }
        return found.count == 1 ? found.first : nil
    }

    /// The recorded answer to the handshake of `era`, with its request's number.
    func handshake(of era: Era) -> (exchange: Int?, answer: ArraySlice<UInt8>)? {
        let method = era == .legacy ? "initialize" : "server/discover"
        for cue in cues where cue.request?.method == method {
            if let answer = cue.handshakeResult { return (cue.request?.exchange, answer) }
        }
        return nil
    }
}

extension ScriptCue {
    fileprivate var handshakeResult: ArraySlice<UInt8>? {
        for case .send(let line) in steps where line.role == .answer && Envelope.scan(line.text).result != nil
        {
            return line.text
        }
        return nil
    }

    /// Whether the exchange is one message and its answer, progress apart.
    fileprivate var isPlain: Bool {
        steps.allSatisfy { step in
            switch step {
            case .send(let line):
                if case .request = line.role { return false }
                return true
            case .awaitAnswer: return false
            case .awaitCancellation: return true
            }
        }
    }
}

extension ReplayEngine {
    /// Answers what concerns the era of the client; false: the recording answers.
    mutating func answeredByEra(
        _ digest: MessageDigest, method: String, text: ArraySlice<UInt8>, live: LiveRequest
    ) -> Bool {
        guard let era else { return false }
        let isHandshake = method == "initialize" || method == "server/discover"
        let asked: Era = method == "initialize" ? .legacy : digest.era ?? .legacy
        guard isHandshake ? asked != era : digest.era == .modern && era == .legacy else { return false }
        guard translatesEra else {
            // The probe is answered by the recording or at once: that is what it is for.
            if method == "server/discover" { return false }
            answer(otherEra(method, name: digest.name, text: text, asked: asked), live: live)
            return true
        }
        guard isHandshake else { return false }
        let requested = JSONTree(text)?.root["params"]?["protocolVersion"]?.stringValue
        guard let recorded = script.handshake(of: era),
            let bytes = EraTranslation(target: asked).handshake(
                recorded.answer, id: live.id, requested: requested, serverName: script.recordingName)
        else {
            answer(untranslatable(method, name: nil, nearest: nil), live: live)
            return true
        }
        noteTranslation()
        report.answered += 1
        send(ours: bytes, live: live)
        return true
    }

    /// How a recorded request's answers are translated for a client of `asked`; nil: not at all.
    func translation(of request: ScriptRequest, asked: Era) -> EraTranslation? {
        guard translatesEra, let era, era != asked, request.statedEra == era else { return nil }
        return EraTranslation(target: asked)
    }

    /// Whether everything that cue `place` sends has an exact translation.
    func isExact(_ translation: EraTranslation, cue place: Int) -> Bool {
        let cue = script.cues[place]
        guard let request = cue.request, EraTranslation.isShared(request.method), cue.isPlain else {
            return false
        }
        for case .send(let line) in cue.steps where line.role == .answer {
            if translation.answer(line.text, to: request.method) == nil { return false }
        }
        return true
    }

    mutating func noteTranslation() { note(Divergence(.eraTranslated)) }

    /// Messages of the server that no client of the other era would get: they belong to a session, or to a
    /// subscription.
    mutating func isLeftOut(_ line: ServerLine, in run: Run) -> Bool {
        guard translatesEra, era == .legacy, line.role == .other, clientEra == .modern else { return false }
        let method = MessageReader.digest(of: line.text, direction: .serverToClient).method
        note(Divergence(.eraLeftOut, subject: method))
        return true
    }

    func untranslatable(_ method: String, name: String?, nearest: Int?) -> NearestMiss {
        var miss = NearestMiss(
            method: method, name: name, reason: .notTranslatable, recording: script.recordingName, gaps: [])
        miss.nearest = nearest
        return miss
    }

    private func otherEra(
        _ method: String, name: String?, text: ArraySlice<UInt8>, asked: Era
    ) -> NearestMiss {
        var miss = NearestMiss(
            method: method, name: name, reason: .otherEra, recording: script.recordingName, gaps: [])
        guard method == "initialize" else { return miss }
        miss.supported = [ProtocolRevision.v2026_07_28.rawValue]
        miss.requested = JSONTree(text)?.root["params"]?["protocolVersion"]?.stringValue ?? ""
        return miss
    }
}
