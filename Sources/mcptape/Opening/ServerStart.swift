import ArgumentParser
import Glibc
import Platform

/// Starts `serve` for `open`, or finds the one that runs: it prints that one's address.
struct ServerStart {
    private let words: [String]

    /// - Parameters:
    ///   - idleLimit: after how long without a question it ends.
    ///   - scratch: a directory that it removes in the end.
    init(serving target: ViewerTarget, _ global: GlobalOptions, idleLimit: String, scratch: String?) throws {
        var words = [try DemoCommand.ownPath(), "serve", "--background", "--exit-on-idle", idleLimit]
        if let config = global.config { words += ["--config", StoreLocation.absolute(config)] }
        if let scratch { words += ["--scratch", scratch] }
        if let file = target.file { words.append(file) } else { words += ["--store", target.place] }
        self.words = words
    }

    /// Its address with the token. What it has to say goes to our standard error; when it ends without an
    /// address, so do we, with its status.
    func run() throws -> String {
        var process = try DemoPipe.start(words, isSilent: false)
        process.closeInput()
        // It closes its output once it serves; the one that finds another ends.
        let said = String(decoding: process.readAll(), as: UTF8.self)
        if let line = said.split(separator: "\n").first { return String(line) }
        throw ExitCode(process.wait())
    }
}
