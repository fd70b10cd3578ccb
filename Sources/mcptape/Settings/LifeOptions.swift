import ArgumentParser
import Glibc
import HTTPTransport
import Recording

/// How long `replay` lives on HTTP, for how many, and who is told that it does.
struct LifeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the URL and a line feed to this descriptor once it is listened on, and close it.",
            valueName: "fd"))
    var readyFd: Int32?

    @Option(
        help: ArgumentHelp(
            "End when nobody has been connected for so long, once a client has come: 30s, 5m.",
            valueName: "duration"))
    var exitOnIdle: String?

    @Option(
        help: ArgumentHelp(
            "Clients at one time (default: 10000). Beyond it the longest idle one ends; when none is idle: 503.",
            valueName: "number"))
    var maxSessions: Int?

    /// The first flag that is given.
    var given: String? {
        let flags = [
            ("--ready-fd", readyFd != nil), ("--exit-on-idle", exitOnIdle != nil),
            ("--max-sessions", maxSessions != nil),
        ]
        return flags.first(where: \.1)?.0
    }

    func validate() throws {
        if let exitOnIdle, Quantity.duration(exitOnIdle) == nil {
            throw ValidationError(
                "--exit-on-idle \(exitOnIdle): say a duration with its unit, as in 30s or 5m")
        }
        if let maxSessions, maxSessions < 1 {
            throw ValidationError("--max-sessions \(maxSessions): at least one client must find room")
        }
        if let readyFd, readyFd < 3, readyFd != 1 {
            throw ValidationError("--ready-fd \(readyFd): say 1, or a descriptor from 3 on")
        }
    }

    /// What is written when the server is ready; nil: nobody waits for it.
    func readyDescriptor() throws -> ReadyDescriptor? {
        guard let readyFd else { return nil }
        let flags = fcntl(readyFd, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
            throw Failure(
                Failure.usage, "--ready-fd \(readyFd): no descriptor of that number can be written to",
                hint: "open one for this program, as in: \(readyFd)>ready.txt")
        }
        return ReadyDescriptor(number: readyFd)
    }

    func apply(to options: inout HTTPReplay.Options) {
        if let maxSessions { options.sessionLimit = maxSessions }
        options.idleTime = exitOnIdle.flatMap { Quantity.duration($0) }
    }
}

/// Where somebody reads that the server is ready.
struct ReadyDescriptor {
    let number: Int32

    /// Writes each URL on a line, and closes. A reader that is gone does not matter.
    func tell(_ urls: [String]) {
        var text = urls.map { $0 + "\n" }.joined()
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = write(number, base, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        guard number == 1 else {
            close(number)
            return
        }
        // Whatever is opened next must not become standard output.
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        if null >= 0 {
            dup2(null, number)
            close(null)
        }
    }
}
