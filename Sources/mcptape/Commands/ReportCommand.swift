import ArgumentParser
import Glibc
import Platform
import Replay
import Store

/// `mcptape report PATH…`
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Merges the reports of replays, prints them, and ends with 0, 3 or 4.",
        discussion: """
            What one of several replays of a recording asked for counts as asked for. The exit status is 3 when \
            a request had no match, 4 when something was to be played and was not, whatever ended the replays.

            Examples:
              mcptape report build/replays
              mcptape report build/replays --github
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "As annotations of GitHub Actions.")
    var github = false

    @Flag(help: "One JSON object a recording, for programs.")
    var json = false

    @Argument(
        help: ArgumentHelp("Files that replay --report wrote, or directories of them.", valueName: "path"))
    var paths: [String]

    func validate() throws {
        if github && json { throw ValidationError("--github and --json are two forms: say one") }
    }

    func run() throws {
        var reports: [StoredReport] = []
        for path in paths { reports += try Self.reports(at: path) }
        let terminal = global.terminal()
        let merged = MergedReport.merging(reports)
        for report in merged {
            if json {
                terminal.line(String(decoding: report.json, as: UTF8.self))
            } else {
                for line in github ? report.annotations : report.lines { terminal.line(line) }
            }
        }
        terminal.flush()
        let statuses = merged.map(\.exitStatus)
        throw ExitCode(statuses.contains(3) ? 3 : statuses.contains(4) ? 4 : 0)
    }

    private static func reports(at path: String) throws -> [StoredReport] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Failure(Failure.noInput, "there is no \(path)", hint: "replay --report PATH writes it")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [try report(in: path, status)] }
        var names: [String] = []
        guard SystemCalls().entries(path, &names) >= 0 else {
            throw Failure(Failure.io, "cannot read the directory \(path)")
        }
        names = names.filter { ReportForm(path: $0) != nil }.sorted()
        // Beside our own a directory may hold reports of other programs.
        var reports: [StoredReport] = []
        for name in names {
            let file = "\(path)/\(name)"
            var status = stat()
            if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG { continue }
            do {
                if let report = StoredReport(try bytes(of: file)[...]) { reports.append(report) }
            } catch {
                // One that went away, or may not be read, hides none of the others.
                complain("\(file) is left out: \(Failure.explaining(error).message)")
            }
        }
        guard !reports.isEmpty else {
            throw Failure(
                Failure.noInput, "\(path) holds no report of a replay",
                hint: "replay --report \(path) writes one for each process")
        }
        return reports
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try FileReading(path, system: SystemCalls()).read { bytes.append(contentsOf: $0) }
        return bytes
    }

    private static func report(in path: String, _ status: stat) throws -> StoredReport {
        guard status.st_mode & S_IFMT == S_IFREG, let report = StoredReport(try bytes(of: path)[...]) else {
            throw Failure(Failure.io, "\(path) is no report of a replay, or a damaged one")
        }
        return report
    }
}
