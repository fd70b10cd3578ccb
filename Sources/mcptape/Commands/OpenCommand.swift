import ArgumentParser
import Glibc
import MCPSemantics
import Platform
import Recording
import Wire

/// `mcptape open [RECORDING]`
struct OpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Opens the viewer in a browser, at a session, a run, an exchange or a file.",
        discussion: """
            Prints the address and hands it to the browser: that of BROWSER, else the desktop's. Without a \
            display it only prints it. A server is started when none runs for this store; it goes on when \
            the terminal is closed, and ends when no page has asked it for anything for an hour.

            Examples:
              mcptape open
              mcptape open last
              mcptape open 7k2f#14
              mcptape open run:last
              mcptape open tests/github.mcptape.jsonl#14
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(name: .customLong("no-browser"), help: "Print the address only.")
    var noBrowser = false

    @Flag(
        name: .customLong("pass-url"),
        help: """
            Hand the browser the address itself, for one that cannot read files of this machine. Other users \
            may see it, and the token in it, in the list of processes.
            """)
    var passURL = false

    @Option(help: ArgumentHelp("The exchange to show, as in show.", valueName: "n"))
    var exchange: Int?

    @OptionGroup var which: SessionChoice

    @Argument(help: ArgumentHelp("What to open (default: the list of sessions).", valueName: "recording"))
    var recording: String?

    /// A page asks many times a second while it is open, once a minute when it is hidden for long.
    private static let idleLimit = "1h"

    func run() throws {
        let target = try target()
        AbandonedScratch.removeAll()
        let running = target.file.flatMap { FileServer.running(for: $0, system: SystemCalls()) }
        // What serves a file has no store to keep something in.
        let scratch = target.file == nil ? nil : try running?.scratch ?? RedirectFile.scratch()
        let server =
            try running?.url
            ?? ServerStart(serving: target, global, idleLimit: Self.idleLimit, scratch: scratch).run()
        guard server.hasPrefix("http") else {
            throw Failure(
                Failure.unavailable, "\(target.place) is served at \(server), which no browser reaches",
                hint: "end that server, or start one that listens on a port")
        }
        let url = server + target.fragment
        let terminal = global.terminal()
        terminal.line(url)
        terminal.flush()
        guard !noBrowser else { return }
        let browser: BrowserCommand
        do throws(BrowserCommand.Absence) {
            browser = try BrowserCommand.wanted()
        } catch {
            return complain("\(error.reason), so no browser is started: open the address in one")
        }
        let address = passURL ? url : try RedirectFile.write(to: url, in: scratch ?? pageDirectory(target))
        if let failure = browser.start(with: address) {
            complain("\(failure): open the address in a browser")
        }
    }

    /// Where the page for the browser lies. Where a store may only be read, in a directory of its own that
    /// an `open` removes after an hour.
    private func pageDirectory(_ target: ViewerTarget) throws -> String {
        access(target.place, W_OK) == 0 ? target.place : try RedirectFile.scratch()
    }

    /// What is to be seen, found before anything is started.
    private func target() throws -> ViewerTarget {
        guard let recording else {
            let given = [
                ("--exchange", exchange != nil), ("--session", which.session != nil),
                ("--server", which.server != nil),
            ].first(where: \.1)?.0
            if let given { throw Failure(Failure.usage, "\(given) needs the RECORDING that has it") }
            return ViewerTarget(
                place: try OpenedStore.forReading(global, system: SystemCalls()).location.path)
        }
        let opened = try OpenedRecording.open(recording, global: global)
        var target: ViewerTarget
        if let file = opened.file {
            target = ViewerTarget(place: StoreLocation.absolute(file))
            target.file = target.place
        } else {
            target = ViewerTarget(place: try global.location().path)
        }
        var sessions = opened.sessions
        if which.session == nil, which.server == nil {
            target.run = opened.run?.id
        } else {
            sessions = [try which.choice(among: sessions, of: recording)]
        }
        if sessions.count == 1 { target.session = sessions[0].description.id.text }
        if let number = exchange ?? opened.exchange {
            guard let session = sessions.first, sessions.count == 1 else {
                throw Failure(
                    Failure.usage, "\(recording) is \(sessions.count) sessions",
                    hint: "choose with --session ID or --server NAME")
            }
            let id = session.description.id
            guard try opened.source.exchanges(of: id, from: number, limit: 1).first?.number == number else {
                throw Failure(
                    Failure.noInput,
                    "session \(id.text) has no exchange \(number): it has \(session.state.exchanges)")
            }
            target.exchange = number
        }
        return target
    }
}

/// What the viewer is opened at.
struct ViewerTarget {
    /// The store's directory, or the file's path.
    var place: String
    /// Absolute; nil: the store is shown.
    var file: String?
    var run: String?
    var session: String?
    var exchange: Int?

    init(place: String) { self.place = place }

    /// What follows the token in the address: the page's own words.
    var fragment: String {
        var text = ""
        // A run's page has no word for one of its sessions, and a session's none for its run.
        if let run { text += "&r=\(PercentEscapes.escaped(run))" }
        if let session, run == nil { text += "&s=\(PercentEscapes.escaped(session))" }
        if let exchange { text += "&i=\(exchange)" }
        return text
    }
}

/// Percent escapes of all but what no part of an address gives a meaning. Source: RFC 3986 §2.3.
enum PercentEscapes {
    static func escaped(_ text: String, keeping kept: String = "") -> String {
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                || "-._~".utf8.contains(byte) || kept.utf8.contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
