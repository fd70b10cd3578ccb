import MCPSemantics
import Recording
import Wire

/// Finds the recorded request for a live one, in recorded order, and explains when there is none.
struct ScriptIndex: Sendable {
    /// Requests that are equal in every facet, in the order of the recording.
    private struct Group: Sendable {
        var cues: [Int]
        /// How many of `cues` were asked for.
        var taken = 0
        /// How often one was given again, in a loop.
        var repeated = 0
        /// Its requests hold placeholders: the dictionary does not find it.
        var isRedacted = false
    }

    /// One per distinct key, in the order of the first request of each.
    private var groups: [Group] = []
    private var groupByKey: [MatchKey: Int] = [:]
    private var groupsByMethod: [String: [Int]] = [:]
    /// Methods in the order in which they first came.
    private(set) var methods: [String] = []
    /// The requests, in order, of methods that nobody has asked for yet in a large script.
    private var unindexed: [String: [Int]] = [:]
    private var redacted: RedactedGroups
    let rules: MatchRules
    /// The recorded requests that must come one after the other, where they must, and how many have.
    private var sequence: [Int] = []
    private var sequenceTaken = 0
    /// Replaces the secrets of a live request before a miss tells what is different about it. Nil where the
    /// recording itself holds its secrets in clear.
    private let explaining: Redactor?

    /// Requests of a script that are indexed at once. A larger one is indexed method by method, when a
    /// method is asked for, so that a client need not wait for what it may never ask.
    static let eagerLimit = 20_000

    /// O(requests), one canonical form each; of a script over the limit O(requests of the method) at the
    /// first request of each method, unless the index is `shared`: then each copy would do it again.
    ///
    /// Placeholders of one method bind those of another, so that a script with any is indexed at once.
    init(
        _ script: ReplayScript, rules: MatchRules = MatchRules(), key: [UInt8]? = nil, isShared: Bool = false,
        eagerLimit: Int = ScriptIndex.eagerLimit
    ) {
        self.init(rules: rules, redaction: script.redaction, key: key)
        var requests = 0
        var isRedacted = false
        for index in script.cues.indices {
            guard case .request(let request) = script.cues[index].trigger else { continue }
            requests += 1
            if rules.order == .recorded, !ReplayRules.isAskedAtWill(request.method) { sequence.append(index) }
            if unindexed[request.method] == nil { methods.append(request.method) }
            unindexed[request.method, default: []].append(index)
            isRedacted =
                isRedacted || !request.reduced.isEmpty || PlaceholderMatch.mayHoldPlaceholder(request.text)
        }
        guard isShared || isRedacted || requests <= eagerLimit else { return }
        for method in methods { index(method, in: script) }
    }

    private init(rules: MatchRules, redaction: RedactionRules?, key: [UInt8]?) {
        self.rules = rules
        redacted = RedactedGroups(
            comparing: rules.facets,
            redactor: key.map { Redactor(rules: redaction ?? RedactionRules(), key: $0) })
        explaining = redaction.map {
            Redactor(rules: $0, key: key ?? Array(repeating: 0, count: Redactor.keySize))
        }
    }

    /// Makes the index of a script of which only the first part is read, and that has no placeholders.
    /// `methods` are those of the whole. The order of requests is not looked at.
    init(_ script: ReplayScript, methods: [String], rules: MatchRules, key: [UInt8]?) {
        self.init(rules: rules, redaction: script.redaction, key: key)
        self.methods = methods
        add(script.cues.indices, of: script)
    }

    /// Takes the requests among cues that come after those that it knows.
    mutating func add(_ cues: Range<Int>, of script: ReplayScript) {
        for index in cues {
            guard case .request(let request) = script.cues[index].trigger else { continue }
            unindexed[request.method, default: []].append(index)
        }
    }

    /// Whether there is a request with that key that nobody asked for yet.
    mutating func hasUntaken(_ key: MatchKey, in script: ReplayScript) -> Bool {
        index(key.method, in: script)
        return groupByKey[key].map { groups[$0].taken < groups[$0].cues.count } ?? false
    }

    /// Methods whose requests have no keys yet.
    var unindexedMethods: Set<String> { Set(unindexed.keys) }

    /// Makes the keys of a method's requests where they are still to be made.
    private mutating func index(_ method: String, in script: ReplayScript) {
        guard let cues = unindexed.removeValue(forKey: method) else { return }
        for index in cues {
            guard case .request(let request) = script.cues[index].trigger else { continue }
            let text = rules.compared(request.text, method: request.method, name: request.name)
            let key = MatchKey(of: text, method: request.method, comparing: rules.facets)
            if let group = groupByKey[key] {
                groups[group].cues.append(index)
                continue
            }
            groupByKey[key] = groups.count
            groupsByMethod[request.method, default: []].append(groups.count)
            var group = Group(cues: [index])
            if !key.values.isEmpty,
                !request.reduced.isEmpty || PlaceholderMatch.mayHoldPlaceholder(request.text)
            {
                group.isRedacted = true
                redacted.insert(
                    groups.count, method: request.method,
                    RedactedGroups.Recorded(text: text, reduced: request.reduced))
            }
            groups.append(group)
        }
    }

    /// What there is for a live request.
    enum Finding: Sendable, Equatable {
        case match(Match)
        /// The recorded request `cue` was made as often as recorded, `times`, and is not to be given again.
        case exhausted(cue: Int, times: Int)
        /// The recorded request `cue` would serve, and it is not its turn: `expected` is; nil: nothing is.
        case outOfOrder(cue: Int, expected: Int?)
        case none
    }

    /// A recorded request that serves a live one.
    struct Match: Sendable, Equatable {
        var cue: Int
        /// Every recorded request of this kind was asked for before; this is the last one again.
        var isRepeat: Bool
        /// Values of the request that were taken for whatever a placeholder stands for.
        var redactedValues = 0
    }

    /// Takes the recorded request that serves `text`, the live request's JSON text: of equal ones the next in
    /// recorded order, then as the rules say. `key` is its key, where that is known already.
    mutating func take(
        _ text: ArraySlice<UInt8>, method: String, name: String?, key known: MatchKey? = nil,
        in script: ReplayScript
    ) -> Finding {
        index(method, in: script)
        if let known, let group = groupByKey[known], redacted.isEmpty || !groups[group].isRedacted {
            return take(group, method: method)
        }
        let text = rules.compared(text, method: method, name: name)
        let key = MatchKey(of: text, method: method, comparing: rules.facets)
        if let group = groupByKey[key], redacted.isEmpty || !groups[group].isRedacted {
            return take(group, method: method)
        }
        guard !redacted.isEmpty, let (group, fresh, count) = match(for: text, method, script) else {
            return .none
        }
        let finding = take(group, method: method)
        guard case .match(var taken) = finding else { return finding }
        redacted.take(fresh, method: method)
        taken.redactedValues = count
        return .match(taken)
    }

    private mutating func take(_ group: Int, method: String) -> Finding {
        let cues = groups[group].cues
        let taken = groups[group].taken
        let isAtWill = ReplayRules.isAskedAtWill(method)
        if rules.order == .recorded, !isAtWill {
            let expected = sequenceTaken < sequence.count ? sequence[sequenceTaken] : nil
            let cue = cues[min(taken, cues.count - 1)]
            guard taken < cues.count, cue == expected else {
                return .outOfOrder(cue: cue, expected: expected)
            }
            sequenceTaken += 1
        }
        guard taken >= cues.count else {
            groups[group].taken += 1
            return .match(Match(cue: cues[taken], isRepeat: false))
        }
        switch isAtWill ? .last : rules.repeats {
        case .last:
            return .match(Match(cue: cues[cues.count - 1], isRepeat: true))
        case .loop:
            groups[group].repeated += 1
            return .match(Match(cue: cues[(groups[group].repeated - 1) % cues.count], isRepeat: true))
        case .once, .error:
            return .exhausted(cue: cues[cues.count - 1], times: cues.count)
        }
    }

    /// The match without what it was compared with: that would be copied once it changes.
    private func match(
        for text: ArraySlice<UInt8>, _ method: String, _ script: ReplayScript
    ) -> (group: Int, fresh: [String: [UInt8]], count: Int)? {
        guard case .match(let group, let match) = finding(for: text, method, script) else { return nil }
        return (group, match.fresh, match.count)
    }

    /// The second look-up: among recorded requests with placeholders (redacted values, which match any live
    /// value of their type in the same place), value by value.
    private func finding(
        for text: ArraySlice<UInt8>, _ method: String, _ script: ReplayScript
    ) -> RedactedGroups.Finding {
        redacted.finding(
            for: text, method: method,
            recorded: { group in
                let cue = groups[group].cues[0]
                guard let text = comparedText(of: cue, in: script),
                    let request = script.cues[cue].request
                else { return nil }
                return RedactedGroups.Recorded(text: text, reduced: request.reduced)
            },
            isTaken: { groups[$0].taken == groups[$0].cues.count })
    }

    /// What of a recorded request is compared.
    private func comparedText(of cue: Int, in script: ReplayScript) -> ArraySlice<UInt8>? {
        script.cues[cue].request.map { rules.compared($0.text, method: $0.method, name: $0.name) }
    }

    /// Cues that were never asked for, in the order of the recording.
    var neverTaken: [Int] {
        var cues = groups.flatMap { $0.cues[min($0.taken, $0.cues.count)...] }
        for left in unindexed.values { cues += left }
        return cues.sorted()
    }

    // MARK: - Misses

    /// Recorded requests that are compared in full to find the nearest.
    ///
    /// A miss costs one comparison for each; beyond it the earliest ones are as good a hint as any.
    static let nearestLimit = 1000
    /// Differences that are kept of one comparison.
    static let differenceLimit = 64
    /// Recorded names that a miss lists.
    static let knownLimit = 20

    /// Why the request `text` has no match. `name` is what the method was to be applied to, for the eye.
    func miss(
        for text: ArraySlice<UInt8>, method: String, name: String?, in script: ReplayScript
    ) -> NearestMiss {
        let clean = told(text, method: method, name: name)
        let name = clean == text ? name : MessageReader.digest(of: clean, direction: .clientToServer).name
        let request = RequestFacets(
            of: rules.compared(clean, method: method, name: name), method: method, comparing: rules.facets)
        var miss = NearestMiss(
            method: method, name: name, reason: .methodNeverRecorded,
            recording: script.recordingName, gaps: script.gaps)
        guard let groups = groupsByMethod[method] else {
            miss.known = Array(methods.prefix(Self.knownLimit))
            miss.knownCount = methods.count
            return miss
        }
        let live = rules.compared(text, method: method, name: name)
        if noteConflict(of: live, in: script, to: &miss) { return miss }
        miss.reason = .nameNeverRecorded
        var best: Candidate?
        var compared = 0
        var names: Set<String> = []
        for group in groups {
            let cue = self.groups[group].cues[0]
            guard let recorded = script.cues[cue].request else { continue }
            if compared == Self.nearestLimit { break }
            if rules.facets == nil, let name, let other = recorded.name, name != other {
                note(known: other, in: &names, of: &miss)
                continue
            }
            let facets = RequestFacets(
                of: comparedText(of: cue, in: script) ?? recorded.text, method: recorded.method,
                comparing: rules.facets)
            guard facets.subject == request.subject else {
                note(known: recorded.name ?? "?", in: &names, of: &miss)
                continue
            }
            compared += 1
            let differing = zip(facets.facets, request.facets).filter { $0.canonical != $1.canonical }
            if let best, best.facets < differing.count { continue }
            let differences = differing.flatMap { FacetDifference.between(recorded: $0, live: $1) }
            let candidate = Candidate(
                exchange: recorded.exchange, facets: differing.count, differences: differences)
            if best.map({ candidate.isNearer(than: $0) }) ?? true { best = candidate }
        }
        if let best {
            miss.reason = .differs
            miss.nearest = best.exchange
            miss.differences = best.differences
            miss.known = []
            miss.knownCount = 0
        }
        return miss
    }

    /// A live request as a miss may tell it.
    private func told(
        _ request: ArraySlice<UInt8>, method: String, name: String?
    ) -> ArraySlice<UInt8> {
        let context = RedactionContext(
            direction: .clientToServer, kind: .request, method: method, name: name)
        return explaining?.redact(request, in: context).bytes ?? request
    }

    /// Whether only a placeholder is in the way that stands for another value already.
    private func noteConflict(
        of text: ArraySlice<UInt8>, in script: ReplayScript, to miss: inout NearestMiss
    ) -> Bool {
        guard case .conflict(let group, let facet) = finding(for: text, miss.method, script) else {
            return false
        }
        miss.reason = .redactedValueChanged
        miss.nearest = script.cues[groups[group].cues[0]].request?.exchange
        // The live value is a secret: it is not told.
        miss.differences = [
            FacetDifference(
                facet: facet.name, pointer: facet.pointer, recorded: facet.text.map(UTF8Text.repaired),
                got: nil)
        ]
        return true
    }

    private func note(known name: String, in names: inout Set<String>, of miss: inout NearestMiss) {
        guard names.insert(name).inserted else { return }
        miss.knownCount += 1
        if miss.known.count < Self.knownLimit { miss.known.append(name) }
    }

    private struct Candidate {
        var exchange: Int?
        var facets: Int
        var differences: [FacetDifference]

        /// Fewest facets, then fewest differences; on a draw the earlier one stays.
        func isNearer(than other: Candidate) -> Bool {
            (facets, differences.count) < (other.facets, other.differences.count)
        }
    }
}
