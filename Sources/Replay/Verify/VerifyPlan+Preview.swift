import MCPSemantics

extension VerifyPlan {
    /// What would be sent and what would not, as far as the recording tells: of a tool the live server must
    /// still say that it only reads.
    public func preview(_ rules: VerifyRules) -> [VerifiedExchange] {
        let chosen = chosen(rules.exchange)
        var skipped: Set<Int> = []
        let sent = requests.indices.filter { chosen.contains($0) }.map { index in
            let request = requests[index]
            var reason = reasonToSkip(request, rules)
            if reason == nil, let needed = request.dependencies.first(where: { skipped.contains($0) }) {
                reason = .dependsOn(requests[needed].exchange)
            }
            if reason != nil { skipped.insert(index) }
            return VerifiedExchange(
                number: request.exchange, subject: VerifyReport.subject(request.method, request.name),
                isHandshake: request.isHandshake, outcome: reason.map { .skipped($0) } ?? .sent,
                recordedDuration: request.duration)
        }
        let notifications = steps.flatMap { step -> [String] in
            guard case .send(let sending) = step else { return [] }
            return sending.parts.compactMap { part in
                guard case .notification(_, let method, _) = part, !mayNotify(method, rules) else {
                    return nil
                }
                return method
            }
        }
        return sent + notifications.map { VerifiedExchange(unsentNotification: $0) }
    }
}
