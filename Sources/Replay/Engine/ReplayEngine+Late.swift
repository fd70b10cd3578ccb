import MCPSemantics
import Recording

extension ReplayEngine {
    /// When the list of what was never asked for is made, where the script is not read to its end anyway.
    public enum NeverAsked: Sendable {
        case always
        /// With anything else that there is to report.
        case withFindings
        case never
    }

    /// Makes the engine for one client of a script that is read as far as the client has come. Its answers
    /// are those of the whole script.
    ///
    /// Not with `MatchRules.Order.recorded`, nor with a real server behind it.
    public init(
        late: LateScript, rules: MatchRules = MatchRules(), key: [UInt8]? = nil,
        timing: ReplayTiming = .none, neverAsked: NeverAsked = .always
    ) {
        var late = late
        var script = ReplayScript(emptyFor: "")
        late.swap(with: &script)
        self.init(
            script: script, timing: timing, era: late.era,
            index: ScriptIndex(script, methods: late.methods, rules: rules, key: key))
        listsNeverAsked = neverAsked
        if !late.isWhole { self.late = late }
    }

    /// Reads on while there is more and `isNeeded`. What was read is as `script` and `index` say.
    mutating func readOn(while isNeeded: (inout ReplayEngine, LateScript) -> Bool) {
        guard var late = late.take() else { return }
        var lines = late.pieceSize
        while !late.isWhole, isNeeded(&self, late) {
            late.swap(with: &script)
            let new = late.readOn(lines)
            late.swap(with: &script)
            index.add(new, of: script)
            noteCues(new)
            lines = min(2 * lines, LateScript.pieceLimit)
        }
        if !late.isWhole { self.late = late }
    }

    /// Reads on until a recorded request is found that serves a live one and was not asked for yet.
    mutating func readOn(to text: ArraySlice<UInt8>, method: String, name: String?, key: inout MatchKey?) {
        guard late != nil else { return }
        let wanted = key ?? index.rules.key(of: text, method: method, name: name)
        key = wanted
        readOn { engine, late in
            !engine.index.hasUntaken(wanted, in: engine.script) && late.hasMoreRequests(of: method)
        }
    }

    /// Reads on until a recorded notification of that method is found that was not played yet, or the one
    /// that cancels the request of the cue `cancelled`.
    mutating func readOn(toNotification method: String, cancelling cancelled: Int?) {
        readOn { engine, late in
            guard late.hasMoreNotifications(of: method) else { return false }
            let cues = engine.notificationCues[method] ?? []
            guard let cancelled else { return cues.isEmpty }
            return !cues.contains { cue in
                if case .notification(_, cancelled) = engine.script.cues[cue].trigger { return true }
                return false
            }
        }
    }
}
