import MCPSemantics
public import Recording
import Wire

/// What becomes of recorded messages.
extension VerifyEngine {
    /// What is to be done with one recorded message, or with one of a batch.
    public struct Replacement: Sendable, Equatable {
        /// The recorded message's JSON text.
        public var recorded: ArraySlice<UInt8>
        /// The message as it is now, without its secrets; nil: the server does not send it any more.
        public var live: ArraySlice<UInt8>?
    }

    /// What differs on the line with that recorded number: several messages where it is a batch. Empty: it is
    /// as it was.
    ///
    /// What the server made up keeps its recorded value, since later requests of the recording repeat it.
    public func replacements(
        for sequence: Int64, in report: VerifyReport, redactor: Redactor?
    ) -> [Replacement] {
        var found: [Replacement] = []
        for finding in report.findings where finding.recordedSequence == sequence {
            guard let replacement = replacement(for: finding, redactor),
                !found.contains(where: { Self.isSame($0.recorded, replacement.recorded) })
            else { continue }
            found.append(replacement)
        }
        return found
    }

    /// Whether two are the same stretch of one message.
    private static func isSame(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        left.indices == right.indices && left == right
    }

    private func replacement(for finding: VerifyFinding, _ redactor: Redactor?) -> Replacement? {
        guard finding.difference.kind != .latency else { return nil }
        let direction = Direction.serverToClient
        var replacement: Replacement
        let context: RedactionContext
        if let request = finding.request {
            let planned = plan.requests[request]
            guard let recorded = planned.answer, let live = requests[request].liveAnswer else { return nil }
            let restored = LiveValues.restored(
                live, as: recorded, binding: rules.boundSteps(planned.method, planned.name))
            replacement = Replacement(recorded: recorded, live: restored)
            context = RedactionContext(
                direction: direction, kind: .response, method: planned.method, name: planned.name)
        } else if let place = finding.notification ?? missedNotification(finding) {
            replacement = Replacement(recorded: plan.notifications[place].text)
            if case .came(let text) = notifications[place] { replacement.live = text }
            context = RedactionContext(
                direction: direction, kind: .notification, method: finding.subject, name: nil)
        } else if let place = finding.serverRequest ?? missedRequest(finding) {
            replacement = Replacement(recorded: plan.serverRequests[place].text)
            if case .came(let text) = serverRequests[place] { replacement.live = text }
            context = RedactionContext(
                direction: direction, kind: .request, method: finding.subject, name: nil)
        } else {
            return nil
        }
        if let live = replacement.live, let redactor {
            replacement.live = renamed(redactor.redact(live, in: context).bytes, by: redactor)
        }
        return replacement
    }

    /// Placeholders with the digits that the recording has for the same values: other lines repeat them, and
    /// the recording's key may not be ours.
    private func renamed(_ text: ArraySlice<UInt8>, by redactor: Redactor) -> ArraySlice<UInt8> {
        var text = text
        for (recorded, value) in placeholders.fresh {
            for own in redactor.digits(of: value) where own != recorded && own.count == recorded.count {
                text = text.replacing(Array(own.utf8), with: Array(recorded.utf8))
            }
        }
        return text
    }

    private func missedNotification(_ finding: VerifyFinding) -> Int? {
        plan.notifications.indices.first {
            notifications[$0] == .missed && plan.notifications[$0].sequence == finding.recordedSequence
                && plan.notifications[$0].method == finding.subject
        }
    }

    private func missedRequest(_ finding: VerifyFinding) -> Int? {
        plan.serverRequests.indices.first {
            serverRequests[$0] == .missed && plan.serverRequests[$0].sequence == finding.recordedSequence
                && plan.serverRequests[$0].method == finding.subject
        }
    }

    /// What replaces the secrets of live messages before they are written; nil: the recording holds its own.
    public var redactor: Redactor? { plan.redaction == nil ? nil : explaining }

    /// How many findings could be written if their message were one of `placed`.
    func count(of report: VerifyReport, notIn placed: Set<Int64>) -> Int {
        report.findings.count { finding in
            guard let sequence = finding.recordedSequence, !placed.contains(sequence) else { return false }
            return replacement(for: finding, nil) != nil
        }
    }

    /// How many findings no line of the recording can be changed for.
    public func unwritable(in report: VerifyReport) -> Int {
        report.findings.count { finding in
            finding.difference.kind != .latency && replacement(for: finding, nil) == nil
        }
    }
}
