import ArgumentParser
import Glibc

/// `mcptape demo`: two minutes from nothing to a recorded session, with no network and no other software.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Records a small conversation, kills the recorder half-way, shows, measures and replays it.",
        discussion: """
            A client and a server, both inside mcptape, talk through the real `mcptape record`. Nothing is faked: \
            the sessions are in the store afterwards, under the name demo.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let terminal = global.terminal()
        let location = try global.location()
        let program = try DemoCommand.ownPath()
        var stage = DemoStage(program: program, store: location, terminal: terminal)
        try stage.recordBothEras()
        try stage.killTheRecorder()
        try stage.showWhatWasSaid()
        try stage.replayIt()
        stage.sayWhatNext()
        terminal.flush()
    }

    /// The path of this very program.
    static func ownPath() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        if count > 0 { return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) }
        throw Failure(Failure.internal, "cannot find the path of this program in /proc/self/exe")
    }
}

/// The demo's server, as a process of its own.
struct DemoServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-server", abstract: "The demo's MCP server on stdio, for trying things out.",
        shouldDisplay: false)

    func run() throws {
        var server = DemoServer()
        server.run()
    }
}
