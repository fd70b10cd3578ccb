internal import NIOCore

/// Carries out the steps of faulted answers, each stream's in order and at their time.
extension MockHub {
    /// Carries `effect` out, or what goes wrong in its place.
    func carryOutFaulted(_ effect: MockEffect) {
        guard let stream = effect.stream, let steps = faults?.steps(for: effect) else {
            return carryOut(effect)
        }
        let isIdle = steps.isEmpty || faultedSteps[stream] == nil
        guard !steps.isEmpty else { return }
        faultedSteps[stream, default: []] += steps
        if isIdle { advance(stream) }
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
