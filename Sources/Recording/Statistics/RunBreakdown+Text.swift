extension RunBreakdown {
    /// `84.2 s = 51.0 outside MCP (model, host, user) + 22.1 in servers (github 14.3, fs 7.8) + …; longest:
    /// github #41 search_code 9.70 s`. The numbers shown sum as the exact ones do. Parts that
    /// round to nothing are left out.
    public var text: String {
        let unit = Unit(of: total)
        let parts: [(name: String, time: Int64)] = [
            ("outside MCP (model, host, user)", outside), ("in servers", inServers),
            ("waiting for a person", person), ("waiting for a model", model),
            ("waiting for the client", client), ("start-up", startUp),
        ]
        let shown = RunBreakdown.apportioned(unit.steps(total), among: parts.map(\.time))
        var texts: [String] = []
        for (part, steps) in zip(parts, shown) where steps > 0 {
            var text = "\(unit.text(steps)) \(part.name)"
            if part.name == "in servers" { text += " (\(serverTexts(steps, unit)))" }
            texts.append(text)
        }
        var line = "\(unit.text(unit.steps(total))) \(unit.name) = \(texts.joined(separator: " + "))"
        if texts.isEmpty { line = "\(unit.text(0)) \(unit.name)" }
        if let longest {
            line +=
                "; longest: \(DisplayText.oneLine(longest.server, limit: 40)) \(longest.label) "
                + HumanText.duration(nanoseconds: longest.duration)
        }
        return line
    }

    /// What a reader must know of the figures, a line each.
    public var notes: [String] {
        var notes: [String] = []
        if silences > 0 {
            notes.append(
                "left out: \(HumanText.counted(silences, "stretch", "stretches")) of 10 minutes or more with "
                    + "nothing in flight, \(HumanText.duration(nanoseconds: silence)) together")
        }
        if !isOnOneClock {
            notes.append("the sessions are not of one boot: they are laid side by side by the wall clock")
        }
        if bridged > 0 {
            notes.append(
                "there are very many exchanges: pauses up to \(HumanText.duration(nanoseconds: bridged)) "
                    + "between two of a server count as its work")
        }
        return notes
    }

    /// Servers named at most; the rest is one number.
    private static let serversShown = 6

    private func serverTexts(_ steps: Int64, _ unit: Unit) -> String {
        let busy = servers.filter { $0.time > 0 }.sorted { ($1.time, $0.name) < ($0.time, $1.name) }
        var listed = Array(busy.prefix(RunBreakdown.serversShown))
        let rest = busy.dropFirst(RunBreakdown.serversShown)
        if !rest.isEmpty {
            listed.append(Share(name: "\(rest.count) more", time: rest.reduce(0) { $0 + $1.time }))
        }
        let shown = RunBreakdown.apportioned(steps, among: listed.map(\.time))
        return zip(listed, shown).map {
            "\(DisplayText.oneLine($0.name, limit: 40)) \(unit.text($1))"
        }.joined(separator: ", ")
    }

    /// Whole numbers that sum to `whole`, each at most one away from its part of it: the largest remainders
    /// are rounded up.
    static func apportioned(_ whole: Int64, among parts: [Int64]) -> [Int64] {
        let sum = parts.reduce(0, +)
        guard sum > 0 else { return parts.map { _ in 0 } }
        var result: [Int64] = []
        var remainders: [(rest: UInt64, place: Int)] = []
        for (place, part) in parts.enumerated() {
            let product = UInt64(max(0, part)).multipliedFullWidth(by: UInt64(max(0, whole)))
            let (quotient, rest) = UInt64(sum).dividingFullWidth(product)
            result.append(Int64(quotient))
            remainders.append((rest, place))
        }
        remainders.sort { ($1.rest, $0.place) < ($0.rest, $1.place) }
        let missing = Int(whole - result.reduce(0, +))
        for (_, place) in remainders.prefix(max(0, missing)) { result[place] += 1 }
        return result
    }

    /// In what a run's times are shown: seconds to a tenth, and finer for short runs.
    private struct Unit {
        var name: String
        /// Nanoseconds of the last place.
        var step: Int64
        var digits: Int

        init(of total: Int64) {
            switch total {
            case ..<1_000_000_000: (name, step, digits) = ("ms", 1_000_000, 0)
            case ..<10_000_000_000: (name, step, digits) = ("s", 10_000_000, 2)
            default: (name, step, digits) = ("s", 100_000_000, 1)
            }
        }

        func steps(_ time: Int64) -> Int64 { (time + step / 2) / step }

        func text(_ steps: Int64) -> String {
            guard digits > 0 else { return String(steps) }
            let factor: Int64 = digits == 1 ? 10 : 100
            let fraction = String(steps % factor)
            return "\(steps / factor)." + String(repeating: "0", count: digits - fraction.count) + fraction
        }
    }
}
