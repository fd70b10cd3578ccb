import Glibc
import Wire

/// The acts of the demo, in order.
///
/// Whatever it shows is the output of the command it names, run as a process of its own.
struct DemoStage {
    private let program: String
    private let store: StoreLocation
    private let terminal: Terminal
    /// What the real server answered the modern client, line by line.
    private var answers: [String] = []

    /// Calls of the session whose recorder is killed.
    private static let burstCalls = 400

    init(program: String, store: StoreLocation, terminal: Terminal) {
        self.program = program
        self.store = store
        self.terminal = terminal
    }

    mutating func recordBothEras() throws {
        heading("1. Record", "a client, mcptape, and a server that does not know of it")
        for (name, modern) in [("demo-legacy", false), ("demo", true)] {
            command(["record", "--name", name, "--", "mcptape", "demo-server"])
            var client = try DemoClient(recorded(name), modern: modern)
            try DemoScript.play(on: &client)
            answers = client.received
            let (lines, status) = (client.received.count, client.finish())
            let revision = modern ? "2026-07-28" : "2025-11-25"
            say("revision \(revision): \(lines) lines came back, the server ended with \(status)")
        }
        try run(["sessions", "--limit", "2"])
    }

    mutating func killTheRecorder() throws {
        heading("2. Kill the recorder", "SIGKILL in the middle of a conversation")
        var client = try DemoClient(recorded("demo-killed"), modern: false)
        try DemoScript.burst(on: &client, calls: DemoStage.burstCalls)
        client.kill()
        say("kill -9 after \(client.sent.count) messages to the server and \(client.received.count) back")
        let kept = (
            try lines(of: ["show", "demo-killed", "--raw", "dir:c2s"]),
            try lines(of: ["show", "demo-killed", "--raw", "dir:s2c"])
        )
        let isComplete = kept.0.starts(with: client.sent) && kept.1.starts(with: client.received)
        guard isComplete else {
            throw Failure(
                Failure.internal,
                "the recording holds \(kept.0.count) and \(kept.1.count) messages and lacks some that were delivered"
            )
        }
        say("recorded: \(kept.0.count) and \(kept.1.count). Nothing is missing, byte for byte.", .green)
    }

    mutating func showWhatWasSaid() throws {
        heading("3. See it", "what was said, in order, with its timing")
        try run(["show", "demo", "--limit", "12"])
        try run(["stats", "demo"])
    }

    mutating func replayIt() throws {
        heading("4. Replay it", "the recording is the server now")
        command(["replay", "demo"])
        var client = try DemoClient([program, "replay", "--store", store.path, "demo"], modern: true)
        try DemoScript.play(on: &client)
        guard client.received == answers else {
            throw Failure(Failure.internal, "the replay answered otherwise than the server did")
        }
        say("\(client.received.count) lines came back, the same bytes, without the server", .green)
        say("and a question that was never asked:")
        let answer = try client.call("weather", #"{"city":"zürich"}"#)
        let message = JSONTree(Array(answer.utf8)[...])?.root["error"]?["message"]?.stringValue
        say(message ?? answer, .yellow)
        say("replay ended with \(client.finish()): 3 means that something was asked which was not recorded")
    }

    func sayWhatNext() {
        heading("Now you", "four commands to copy")
        let suffix = store.origin == .flag("--store") ? " --store \(store.path)" : ""
        terminal.line("  mcptape show demo --exchange 8\(suffix)")
        terminal.line("  mcptape open demo\(suffix)")
        terminal.line("  mcptape export demo\(suffix) -o demo.mcptape.jsonl")
        terminal.line("  mcptape record\(suffix) -- YOUR-SERVER ARG…")
    }

    private func recorded(_ name: String) -> [String] {
        [program, "record", "--store", store.path, "--name", name, "--quiet", "--", server, "demo-server"]
    }

    /// The server's program as the user called it: found in PATH where that is how this demo was found.
    private var server: String {
        guard let word = CommandLine.arguments.first, !word.contains("/") else { return program }
        return word
    }

    private func heading(_ title: String, _ rest: String) {
        terminal.line()
        terminal.line(terminal.styled(title, .bold) + terminal.styled(" — " + rest, .dim))
    }

    private func say(_ text: String, _ style: Terminal.Style? = nil) {
        terminal.line("  " + (style.map { terminal.styled(text, $0) } ?? text))
        terminal.flush()
    }

    private func command(_ words: [String]) {
        terminal.line(terminal.styled("$ mcptape " + words.joined(separator: " "), .cyan))
        terminal.flush()
    }

    /// Runs a command of ours with its output on ours.
    private func run(_ words: [String]) throws {
        command(words)
        let colour = terminal.isColoured ? [] : ["--no-color"]
        var arguments = [program] + words
        arguments.insert(contentsOf: ["--store", store.path] + colour, at: 2)
        let status = try DemoPipe.runInherited(arguments)
        if status != 0 {
            throw Failure(Failure.internal, "mcptape \(words.joined(separator: " ")) ended with \(status)")
        }
    }

    /// The lines that a command of ours prints.
    private func lines(of words: [String]) throws -> [String] {
        var arguments = [program] + words
        arguments.insert(contentsOf: ["--store", store.path], at: 2)
        var peer = try DemoPipe.start(arguments, isSilent: true)
        peer.closeInput()
        let bytes = peer.readAll()
        let status = peer.wait()
        guard status == 0 else {
            throw Failure(Failure.internal, "mcptape \(words.joined(separator: " ")) ended with \(status)")
        }
        return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}
