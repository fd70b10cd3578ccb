import MCPSemantics

/// Says what is wrong with a session, and what to do: the first lines of `show`, the mark in `sessions`.
public enum Diagnosis {
    /// Last lines of standard error that a diagnosis quotes: the end of a stack trace names the error.
    public static let quotedErrorLines = 3

    /// The most important finding as one line, or nil when nothing is wrong.
    ///
    /// `lastErrorLines` are the last lines of the server's standard error, oldest first.
    public static func of(_ summary: SessionSummary, lastErrorLines: [String]) -> String? {
        lines(of: summary, lastErrorLines: lastErrorLines).first
    }

    /// Every finding, one line each, the most important first.
    public static func lines(of summary: SessionSummary, lastErrorLines: [String]) -> [String] {
        let state = summary.state
        if let failure = state.startFailure { return [startFailure(failure)] }
        var lines: [String] = []
        let words = lastWords(lastErrorLines)
        if !isHTTP(summary), let foreign = foreignOutput(state) { lines.append(foreign) }
        if let ending = ending(summary, lastWords: words) { lines.append(ending) }
        if state.end?.reason == .interrupted {
            lines.append(
                "the recording was interrupted: mcptape was killed; what had passed until then is recorded")
        }
        if state.gaps > 0 {
            lines.append(
                "the recording lacks \(HumanText.size(state.gapBytes)) in "
                    + "\(HumanText.counted(state.gaps, "gap")); traffic was not affected")
        }
        if let first = summary.headLostBefore {
            lines.append(
                "the messages before \(first) are gone: retention took them, or the store was removed")
        }
        return lines
    }

    /// One or two words for a table: `not started`, `exit 1`, `silent`, `not JSON`, `interrupted`, `gap`.
    public static func mark(of summary: SessionSummary) -> String? {
        let state = summary.state
        if state.startFailure != nil { return "not started" }
        let hasAnswered = state.messages.serverToClient > state.foreignLines.serverToClient
        if !hasAnswered, let exit = state.end?.exit {
            switch exit {
            case .code(0): break
            case .code(let code): return "exit \(code)"
            case .signal(let signal): return signalName(signal) ?? "signal \(signal)"
            }
        }
        if !isHTTP(summary), state.foreignLines.serverToClient > 0 { return "not JSON" }
        if !hasAnswered, state.exchanges > 0 { return "silent" }
        if state.end?.reason == .interrupted { return "interrupted" }
        if let exit = state.end?.exit, state.end?.reason == .serverExited, exit != .code(0) {
            switch exit {
            case .code(let code): return "exit \(code)"
            case .signal(let signal): return signalName(signal) ?? "signal \(signal)"
            }
        }
        return state.gaps > 0 ? "gap" : nil
    }

    // MARK: A server that never ran

    private static func startFailure(_ failure: StartFailure) -> String {
        let command = DisplayText.oneLine(failure.command, limit: 200)
        let why = reason(failure, command: command)
        return "server did not start: \(command): \(why)"
    }

    /// Linux numbers; those up to 34 but EAGAIN are the same on macOS. Source: errno(3), execve(2).
    private static func reason(_ failure: StartFailure, command: String) -> String {
        let directory = DisplayText.oneLine(failure.workingDirectory, limit: 200)
        switch failure.errno {
        case 2:
            if let path = failure.searchedPath {
                return "not found in PATH=\(DisplayText.oneLine(path, limit: 1000)); give the absolute path: "
                    + "in a terminal where it works, 'command -v \(command)' prints it"
            }
            let place = command.hasPrefix("/") ? "" : " in \(directory)"
            return "no such file\(place), or the interpreter that its first line names is missing"
        case 13:
            return "permission denied; make it executable with chmod +x, "
                + "and see that its directories may be searched and its file system is not mounted noexec"
        case 8: return "not a program: it has no #! line, or is for another kind of processor"
        case 20: return "a part of the path is not a directory"
        case 1: return "the operating system does not permit it"
        case 7: return "its arguments and environment are too long"
        case 11, 35: return "no more processes may be started for this user"
        case 12: return "there is not enough memory"
        case 23, 24: return "too many files are open"
        case 26: return "it is being written at this moment; try again"
        case 36, 63: return "its path is too long"
        case 40, 62: return "its path has too many symbolic links"
        default: return "error \(failure.errno) of the operating system (working directory \(directory))"
        }
    }

    // MARK: A server that ran

    /// Over HTTP a body that is no JSON-RPC is nothing odd: the text of a refusal, a page.
    private static func isHTTP(_ summary: SessionSummary) -> Bool { summary.description.transport == .http }

    private static func foreignOutput(_ state: SessionState) -> String? {
        let foreign = state.foreignLines.serverToClient
        guard foreign > 0 else { return nil }
        let only = state.messages.serverToClient <= foreign ? "only " : ""
        return "the server prints \(only)what is not JSON-RPC on its standard output "
            + "(\(HumanText.counted(foreign, "line"))): clients may give up; it should log to standard error"
    }

    private static func ending(_ summary: SessionSummary, lastWords: String) -> String? {
        let state = summary.state
        let hasAnswered = state.messages.serverToClient > 0
        guard let end = state.end, end.reason != .interrupted || end.exit != nil else {
            return hasAnswered ? nil : silence(summary, lastWords: lastWords)
        }
        guard let exit = end.exit else { return hasAnswered ? nil : silence(summary, lastWords: lastWords) }
        if !hasAnswered, end.reason == .serverExited || exit != .code(0) {
            return "the server \(words(for: exit)) before it said anything\(hint(for: exit))\(lastWords)"
        }
        if !hasAnswered { return silence(summary, lastWords: lastWords) }
        // A signal that we passed on is no news, and neither is dying of it.
        guard end.reason == .serverExited, exit != .code(0) else { return nil }
        return "the server \(words(for: exit)) while the client was connected\(lastWords)"
    }

    private static func silence(_ summary: SessionSummary, lastWords: String) -> String? {
        let state = summary.state
        guard state.exchanges > 0 else { return nil }
        let time = HumanText.duration(nanoseconds: state.lastTime.nanoseconds)
        let asked = HumanText.counted(state.exchanges, "request")
        return "the server is silent: \(asked) in \(time), and no message from it\(lastWords)"
    }

    private static func words(for exit: ExitStatus) -> String {
        switch exit {
        case .code(let code): "exited with status \(code)"
        case .signal(let signal):
            "was ended by signal \(signal)" + (signalName(signal).map { " (\($0))" } ?? "")
        }
    }

    private static func hint(for exit: ExitStatus) -> String {
        switch exit {
        case .code(127): " (a shell or launcher in its command did not find a program)"
        case .code(126): " (a shell or launcher in its command could not execute a program)"
        case .code, .signal: ""
        }
    }

    /// Signals whose number is the same on Linux and macOS. Source: signal(7).
    private static func signalName(_ signal: Int32) -> String? {
        switch signal {
        case 1: "SIGHUP"
        case 2: "SIGINT"
        case 3: "SIGQUIT"
        case 4: "SIGILL"
        case 5: "SIGTRAP"
        case 6: "SIGABRT"
        case 8: "SIGFPE"
        case 9: "SIGKILL"
        case 11: "SIGSEGV"
        case 13: "SIGPIPE"
        case 14: "SIGALRM"
        case 15: "SIGTERM"
        default: nil
        }
    }

    private static func lastWords(_ lines: [String]) -> String {
        let quoted = lines.filter { $0.contains { !$0.isWhitespace } }.suffix(quotedErrorLines)
        guard !quoted.isEmpty else { return "" }
        return "; its last words: "
            + quoted.map { DisplayText.oneLine($0, limit: 300) }.joined(separator: " ⏎ ")
    }
}
