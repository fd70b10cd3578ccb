import Glibc
import Platform
import Replay
import Store

/// Where `replay` writes what it found: a file that is replaced as a whole, so that whoever kills the process
/// finds all misses that it told.
final class ReplayReportFile: Sendable {
    let path: String
    private let form: ReportForm
    private let allPlayed: Bool
    private let system: SystemCalls

    /// `path` ends in `.json` or `.xml`, or is a directory, which gets a file of this process.
    init(_ path: String, allPlayed: Bool, system: SystemCalls) throws {
        let path = StoreLocation.absolute(path)
        self.allPlayed = allPlayed
        self.system = system
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            // A process id comes again, the two together do not.
            self.path = "\(path)/mcptape-replay-\(getpid())-\(system.realtime()).json"
            form = .json
            return
        }
        guard let form = ReportForm(path: path) else {
            throw Failure(
                Failure.usage, "--report \(path): is it JSON or JUnit's XML?",
                hint: "let it end in .json or .xml, or name a directory that exists")
        }
        self.path = path
        self.form = form
    }

    func write(_ report: ReplayReport, isFinished: Bool) throws {
        let file = try AtomicFile(path, system: system)
        try file.write(report.file(form, allPlayed: allPlayed, isFinished: isFinished)[...])
        try file.commit()
    }

    /// The same where the replay goes on whatever becomes of it: standard error tells of a failure, at the
    /// first miss and at the end. Beyond the misses that are kept only counts would change: those are written
    /// at the end.
    func keep(_ report: ReplayReport, isFinished: Bool) {
        guard isFinished || report.missCount <= ReplayReport.keptLimit else { return }
        do {
            try write(report, isFinished: isFinished)
        } catch {
            if isFinished || report.missCount == 1 {
                complain("the report was not written: \(Failure.explaining(error).message)")
            }
        }
    }
}
