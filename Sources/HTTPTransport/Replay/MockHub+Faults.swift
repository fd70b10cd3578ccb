internal import MCPSemantics
internal import NIOCore
internal import Replay

/// Carries out the steps of faulted answers, each stream's in order and at their time.
extension MockHub {
    /// Carries `effect` out, or what goes wrong in its place.
    func carryOutFaulted(_ effect: MockEffect) {
        if case .text(let stream, let text) = effect,
            faults?.queue(text, on: stream, at: now.nanoseconds) == true
        {
            return sendQueued(stream)
        }
        guard let stream = effect.stream, let steps = faults?.steps(for: effect) else {
            return carryOut(effect)
        }
        let isIdle = steps.isEmpty || faultedSteps[stream] == nil
        guard !steps.isEmpty else { return }
        faultedSteps[stream, default: []] += steps
        if isIdle { advance(stream) }
    }

    /// Sends what is due on a stream of HTTP+SSE.
    private func sendQueued(_ stream: Int) {
        let time = now.nanoseconds
        while let connection = connections[stream]?.connection,
            let step = faults?.step(on: stream, at: time)
        {
            switch step {
            case .begin: break
            case .bytes(let bytes):
                connection.write(Array(bytes))
                connection.flush()
            case .end(.disconnect): return perform(.reset(stream))
            case .end(.kill): return die()
            }
        }
        guard let next = faults?.next(on: stream) else { return }
        connections[stream]?.connection.after(.nanoseconds(max(1, next - time))) { [weak self] in
            self?.sendQueued(stream)
        }
    }

    /// Takes steps until one must wait.
    private func advance(_ stream: Int) {
        while let step = faultedSteps[stream]?.popFirst() {
            guard case .wait(let nanoseconds) = step else {
                perform(step)
                continue
            }
            guard let connection = connections[stream]?.connection else { break }
            return connection.after(.nanoseconds(nanoseconds)) { [weak self] in self?.advance(stream) }
        }
        faultedSteps[stream] = nil
    }

    private func perform(_ step: MockStep) {
        switch step {
        case .wait: break
        case .effect(let effect):
            carryOut(effect)
            guard let stream = effect.stream else { break }
            if case .text = effect { connections[stream]?.connection.flush() } else { forgetIfOver(stream) }
        case .head(let stream, let status, let fields, let length):
            connections[stream]?.connection.begin(status, fields, length: length)
        case .raw(let stream, let bytes): connections[stream]?.connection.writePlain(bytes)
        case .finish(let stream):
            connections.removeValue(forKey: stream)?.connection.finish()
            forgetIfOver(stream)
        case .reset(let stream):
            connections.removeValue(forKey: stream)?.connection.reset()
            forgetIfOver(stream)
        case .kill: die()
        }
    }

    /// What the server still has for a stream without a connection goes nowhere, with or without faults.
    private func forgetIfOver(_ stream: Int) {
        if connections[stream] == nil { faults?.closed(stream) }
    }
}
