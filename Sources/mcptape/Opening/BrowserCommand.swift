import Glibc
import Recording

/// The program that shows an address to whoever sits here.
struct BrowserCommand {
    /// Each with its words, `%s` for the address; the first that can be started is.
    private let choices: [[String]]

    /// Why there is none.
    struct Absence: Error {
        var reason: String
    }

    /// That of BROWSER, commands between colons; else the desktop's, where there is a display.
    static func wanted() throws(Absence) -> BrowserCommand {
        if let stated = StoreLocation.environment("BROWSER") {
            let choices = stated.split(separator: ":").map { $0.split(separator: " ").map(String.init) }
            return BrowserCommand(choices: choices.filter { !$0.isEmpty })
        }
        #if os(macOS)
            return BrowserCommand(choices: [["open"]])
        #else
            guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { StoreLocation.environment($0) != nil })
            else { throw Absence(reason: "there is no display here") }
            return BrowserCommand(choices: [["xdg-open"]])
        #endif
    }

    /// Starts it, and lets it go. Nil when it runs, else why not.
    func start(with address: String) -> String? {
        var failure = "BROWSER names no program"
        for choice in choices {
            var words = choice.map { $0.replacing("%s", with: address) }
            if words == choice { words.append(address) }
            let status = DetachedProcess.start(words)
            if status == 0 { return nil }
            failure =
                "cannot start \(DisplayText.oneLine(choice[0], limit: 200)): "
                + String(cString: strerror(status))
        }
        return failure
    }
}

/// A process that is not ours to wait for.
enum DetachedProcess {
    /// Starts a program that is found in PATH, in a session of its own, with no output. Answers 0, or an
    /// errno.
    static func start(_ words: [String]) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        bequeathNothingElse()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID of glibc 2.26 and macOS 10.15.
        posix_spawnattr_setflags(&attributes, 0x80)
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, &argv, environ)
    }

    /// Leaves what is started the standard descriptors alone: it may go on for hours, and what we were given
    /// besides is a lock, a pipe or a job's slot of whoever started us, who waits for its end.
    static func bequeathNothingElse() {
        for name in ScratchStore.names(in: "/dev/fd") {
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
