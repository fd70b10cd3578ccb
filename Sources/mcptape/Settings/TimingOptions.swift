import ArgumentParser
import Recording
import Replay

/// How fast `replay` answers.
struct TimingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "none (default): at once; recorded: with the recorded gaps; a number: so many times as fast.",
            valueName: "speed"))
    var speed = "none"

    @Option(
        help: ArgumentHelp("No gap between two messages is longer: 250ms, 2s.", valueName: "duration"))
    var maxGap: String?

    @Flag(help: "Say how long it would take, and serve nothing.")
    var dryRun = false

    /// Valid once `validate` has passed.
    var timing: ReplayTiming {
        guard let factor = try? Self.factor(speed) else { return .none }
        return ReplayTiming(speed: factor, longestGap: maxGap.flatMap { Quantity.duration($0) })
    }

    func validate() throws {
        let factor = try Self.factor(speed)
        guard let maxGap else { return }
        guard Quantity.duration(maxGap) != nil else {
            throw ValidationError("--max-gap \(maxGap): say a duration with its unit, as in 250ms or 2s")
        }
        if factor == nil { throw ValidationError("--max-gap needs --speed: without it nothing waits") }
    }

    /// Nil of `none`.
    private static func factor(_ text: String) throws -> Double? {
        switch text {
        case "none": return nil
        case "recorded": return 1
        default:
            guard let number = Double(text), number.isFinite, number > 0 else {
                throw ValidationError(
                    "--speed \(text): say none, recorded, or a number above 0, as in 2 or 0.5")
            }
            return number
        }
    }

    /// Prints what a dry run found.
    func tell(_ estimate: ReplayScript.Estimate, of recording: String) {
        let total = HumanText.duration(nanoseconds: estimate.total)
        var line =
            "\(recording): \(estimate.messages) message\(estimate.messages == 1 ? "" : "s") of the server"
        line += ", \(total) until the answers, one after the other"
        if let request = estimate.longestRequest {
            line += "; the longest \(HumanText.duration(nanoseconds: estimate.longest)) (\(request.label))"
        }
        print(line)
    }
}
