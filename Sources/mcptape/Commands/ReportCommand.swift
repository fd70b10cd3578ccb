import ArgumentParser
import Glibc
import Platform
import Replay
import Store

/// `mcptape report PATH…`
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Merges the reports of replays and verifications, and prints them.",
        discussion: """
            What one of several replays of a recording asked for counts as asked for. The exit status is 3 when \
            a request had no match, 4 when something was to be played and was not, whatever ended the replays; \
            else that of the verifications: 1 when something differs, 69 when nobody was there.

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
        help: ArgumentHelp(
            "Files that replay --report or verify --report wrote, or directories of them.", valueName: "path")
    )
    var paths: [String]

    func validate() throws {
        if github && json { throw ValidationError("--github and --json are two forms: say one") }
    }

    func run() throws {
        var found: [Found] = []
        for path in paths { found += try Self.reports(at: path) }
        let reports = found.compactMap { if case .replay(let report) = $0 { report } else { nil } }
        let verifications = found.compactMap { if case .verification(let one) = $0 { one } else { nil } }
        let terminal = global.terminal()
        let merged = MergedReport.merging(reports)
        for report in merged {
            if json {
                terminal.line(String(decoding: report.json, as: UTF8.self))
            } else {
                for line in github ? report.annotations : report.lines { terminal.line(line) }
            }
        }
        for verification in verifications {
            if json {
                terminal.line(String(decoding: verification.json, as: UTF8.self))
            } else {
                for line in github ? verification.annotations : verification.lines { terminal.line(line) }
            }
        }
        terminal.flush()
        let statuses = merged.map(\.exitStatus) + verifications.map(\.status)
        throw ExitCode([3, 4].first { statuses.contains($0) } ?? statuses.max() ?? 0)
    }

    /// What a file holds.
    private enum Found {
        case replay(StoredReport)
        case verification(StoredVerification)

        init?(_ bytes: [UInt8]) {
            if let report = StoredReport(bytes[...]) {
                self = .replay(report)
            } else if let verification = StoredVerification(bytes[...]) {
                self = .verification(verification)
            } else {
                return nil
            }
        }
    }

    private static func reports(at path: String) throws -> [Found] {
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
        var reports: [Found] = []
        for name in names {
            let file = "\(path)/\(name)"
            var status = stat()
            if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG { continue }
            do {
                if let report = Found(try bytes(of: file)) { reports.append(report) }
            } catch {
                // One that went away, or may not be read, hides none of the others.
                complain("\(file) is left out: \(Failure.explaining(error).message)")
            }
        }
        guard !reports.isEmpty else {
            throw Failure(
                Failure.noInput, "\(path) holds no report of a replay or a verification",
                hint: "replay --report \(path) writes one for each process")
        }
        return reports
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try FileReading(path, system: SystemCalls()).read { bytes.append(contentsOf: $0) }
        return bytes
    }

    private static func report(in path: String, _ status: stat) throws -> Found {
        guard status.st_mode & S_IFMT == S_IFREG, let report = Found(try bytes(of: path)) else {
            throw Failure(Failure.io, "\(path) is no report of a replay or a verification, or a damaged one")
        }
        return report
    }
}
