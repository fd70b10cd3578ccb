import ArgumentParser
import HTTPTransport
import Replay

/// When `replay` asks a real server, and what it keeps of that.
struct ModeOptions: ParsableArguments {
    @Option(
        name: .customLong("mode"),
        help: ArgumentHelp(
            "none (default); once: record when the file is absent; new_episodes: add what is missing; all: "
                + "record anew.", valueName: "mode"),
        transform: ModeOptions.mode)
    var chosenMode: ReplayMode?

    @Option(
        help: ArgumentHelp(
            "What a request without a match gets: error (default), nearest, or forward (the real server's "
                + "answer, which is not kept).", valueName: "answer"),
        transform: ModeOptions.misses)
    var onMiss: MatchRules.Misses?

    @Option(
        help: ArgumentHelp("The real server, instead of a command after '--': its URL.", valueName: "url"))
    var upstream: String?

    @OptionGroup var access: ServerAccessOptions

    @OptionGroup var redaction: RedactionOptions

    private static func mode(_ text: String) throws -> ReplayMode {
        if let mode = ReplayMode(rawValue: text) { return mode }
        throw ValidationError("--mode \(text): say none, once, new_episodes or all")
    }

    private static func misses(_ text: String) throws -> MatchRules.Misses {
        if let misses = MatchRules.Misses(rawValue: text) { return misses }
        throw ValidationError("--on-miss \(text): say error, nearest or forward")
    }

    var mode: ReplayMode { chosenMode ?? .none }

    /// Whether a real server is of use.
    var wantsServer: Bool { mode != .none || onMiss == .forward }

    /// Refuses what contradicts itself. `hasCommand`: what stands after '--' is a server. `isExec`: it is a
    /// program that is a client.
    func check(hasCommand: Bool, isExec: Bool) throws {
        if hasCommand, upstream != nil {
            throw ValidationError("the real server is the command after '--' or --upstream: not both")
        }
        let hasServer = hasCommand || upstream != nil
        // `none` said in so many words is a suite's switch: what stands behind it stays, and is not asked.
        if hasServer, !wantsServer, chosenMode == nil {
            throw ValidationError(
                "\(hasCommand ? "a command after '--'" : "--upstream") is the real server, and nothing asks "
                    + "it: say --mode once, new_episodes or all, or --on-miss forward")
        }
        // `once` needs none while its file is there.
        if !hasServer, mode == .newEpisodes || mode == .all || onMiss == .forward {
            let flag = mode != .none ? "--mode \(mode.rawValue)" : "--on-miss forward"
            throw ValidationError(
                "\(flag) needs the real server: "
                    + (isExec
                        ? "--upstream URL, as with --exec the command after '--' is the client"
                        : "a command after '--', or --upstream URL"))
        }
        if mode == .newEpisodes || mode == .all, let onMiss, onMiss != .error {
            throw ValidationError(
                "--on-miss \(onMiss.rawValue) has no use with --mode \(mode.rawValue), which asks the real "
                    + "server for what is missing")
        }
        try access.check(upstream: upstream)
        if chosenMode == nil, redaction.isGiven {
            throw ValidationError(
                "redaction is for what is recorded: say --mode once, new_episodes or all")
        }
    }

    /// The server behind `--upstream`, to which nothing was sent yet.
    func liveServer(at url: String) throws(HTTPFailure) -> HTTPLiveServer {
        try HTTPLiveServer(try UpstreamURL(url), trust: access.trust, headers: try access.headers())
    }
}

/// When the real server is asked; the names are go-vcr's.
enum ReplayMode: String {
    /// Never.
    case none
    /// For everything, when the file is absent.
    case once
    /// For what the file lacks, which is added.
    case newEpisodes = "new_episodes"
    /// For everything; the file is replaced.
    case all
}

extension RedactionOptions {
    /// Whether any of its flags is there.
    var isGiven: Bool {
        noRedact || !files.redact.isEmpty || human.sampling != nil || human.elicitation != nil
    }
}
