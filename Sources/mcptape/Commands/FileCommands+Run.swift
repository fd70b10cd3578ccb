import ArgumentParser
import Platform
import Recording
import Store
import Wire

extension ImportCommand {
    /// All files are read before the first session goes into the store.
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        let recordings = try files.map { path in
            (path, try RecordingFileInput.open(StoreLocation.absolute(path), system: system))
        }
        let opened = try OpenedStore.forWriting(global, system: system)
        for (path, recording) in recordings {
            for summary in try recording.sessions().reversed() {
                let id = summary.description.id
                let isThere = try opened.store.session(id) != nil
                if !isThere { try opened.store.importSession(id, from: recording) }
                terminal.line(
                    isThere
                        ? "\(path): \(id.text) is in the store already, left as it is"
                        : "\(path): took in \(id.text) \(DisplayText.oneLine(summary.description.name, limit: 60))"
                )
            }
        }
        terminal.flush()
    }
}

extension CheckCommand {
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        var worst: Int32 = 0
        for path in files {
            let recording = try RecordingFileInput.read(StoreLocation.absolute(path), system: system)
            for finding in recording.findings {
                if reading.json {
                    terminal.write(CheckCommand.json(finding, path))
                } else {
                    terminal.line(finding.text(file: path))
                }
            }
            if recording.unlistedFindings > 0 {
                complain("\(path): \(recording.unlistedFindings) more findings")
            }
            if !recording.faults.isEmpty {
                worst = Failure.io
            } else if !recording.findings.isEmpty {
                worst = max(worst, 1)
            } else if !reading.json {
                let sessions = try recording.sessions()
                let messages = sessions.reduce(0) { $0 + $1.state.messages.total }
                terminal.line(
                    "\(path): well formed, \(HumanText.counted(sessions.count, "session")), "
                        + HumanText.counted(messages, "message"))
            }
        }
        terminal.flush()
        if worst != 0 { throw ExitCode(worst) }
    }

    private static func json(_ finding: RecordingFileFault, _ path: String) -> [UInt8] {
        var json = JSONWriter(escapesInvisible: true)
        json.object { json in
            json.member("file", path)
            json.member("line", finding.line)
            json.member("column", finding.column)
            json.member("severity", finding.severity.rawValue)
            json.member("message", finding.message)
        }
        json.endLine()
        return json.bytes
    }
}
