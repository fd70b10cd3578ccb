import Glibc
import Journal
import Recording
import Wire

/// What the program says on standard error: a line each, for people or for programs.
struct Log: Sendable {
    var format = Format.text
    /// What is less important than this is not said.
    var level = Level.info

    /// `--log-format`
    enum Format: String, Sendable, CaseIterable {
        case text
        /// One JSON object a line: `time`, `level`, `event`, `message`, and what belongs to the event.
        case json
    }

    /// `--log-level`, the least important first.
    enum Level: String, Sendable, CaseIterable {
        case debug
        /// What is as it should be: a listener listens.
        case info
        /// Something lacks, and mcptape goes on: recording is impaired.
        case warning
        /// It does not go on, or not as it was asked to.
        case error
        /// Nothing is said.
        case off

        fileprivate var rank: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }

    /// What happened, as programs tell it apart.
    enum Event: String, Sendable {
        case message
        case failed
        case impaired = "recording_impaired"
        case resumed = "recording_resumed"
        case listening
        case reloaded
        case reloadFailed = "reload_failed"
        case draining
        case stopped
    }

    /// As the flags on the command line say, for what is said before or without anything else is known.
    static let commandLine = Log(arguments: CommandLine.arguments)

    init(format: Format = .text, level: Level = .info) {
        self.format = format
        self.level = level
    }

    /// Flags before `--`; what is wrong with them is the argument parser's to say.
    init(arguments: [String]) {
        self.init()
        let own = arguments.dropFirst().prefix { $0 != "--" }
        for (index, word) in zip(own.indices, own) {
            for flag in ["--log-format", "--log-level"] {
                let next = index + 1 < own.endIndex ? own[index + 1] : ""
                guard word == flag || word.hasPrefix(flag + "=") else { continue }
                let value = word == flag ? next : String(word.dropFirst(flag.utf8.count + 1))
                if flag == "--log-format" {
                    format = Format(rawValue: value) ?? format
                } else {
                    level = Level(rawValue: value) ?? level
                }
            }
        }
    }

    /// Says `message`, in one write. `fields` stand in JSON only: what `message` tells, for programs.
    func say(
        _ level: Level, _ message: String, event: Event = .message,
        _ fields: (inout JSONWriter) -> Void = { _ in }
    ) {
        guard level.rank >= self.level.rank else { return }
        guard format == .json else { return writeToStandardError("mcptape: " + message) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let instant = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        var json = JSONWriter(escapesInvisible: true)
        json.object {
            $0.member("time", CivilTime(nanosecondsSince1970: instant).text(fraction: 3))
            $0.member("level", level.rawValue)
            $0.member("event", event.rawValue)
            $0.member("message", message)
            fields(&$0)
        }
        writeToStandardError(json.text)
    }

    /// Says why the program ends.
    func say(_ failure: Failure) {
        switch format {
        case .text: say(.error, failure.message + (failure.hint.map { "; \($0)" } ?? ""))
        case .json:
            say(.error, failure.message, event: .failed) {
                $0.member("hint", ifPresent: failure.hint)
                $0.member("status", failure.status)
            }
        }
    }

    /// Says how the recording stands.
    func say(_ report: RecorderReport) {
        switch report {
        case .impaired(let text):
            say(.warning, "recording is impaired, traffic goes on: \(text)", event: .impaired)
        case .stopped(let text):
            say(.error, "recording fails, so traffic stops: \(text)", event: .impaired)
        case .resumed(let text): say(.warning, "recording goes on: \(text)", event: .resumed)
        }
    }
}

/// One line on standard error, as every message of the program: `mcptape: …`.
func complain(_ text: String) { Log.commandLine.say(.warning, text) }
