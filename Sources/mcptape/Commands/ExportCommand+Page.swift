import Platform
import Recording
import Viewer

extension ExportCommand {
    /// Writes the viewer's page with what was chosen inside.
    func writePage(
        _ opened: OpenedRecording, _ selection: ExportSelection, _ system: SystemCalls
    ) throws {
        var (source, sessions) = (opened.source, opened.sessions)
        if !selection.isWhole {
            // A part is a recording of its own: its exchanges are numbered without holes.
            var bytes: [UInt8] = []
            let output = RecordingFileOutput(sessions, of: source, isSelection: true)
            try output.write(including: selection.includes) { bytes.append(contentsOf: $0) }
            let part = try FileRecording(bytes: bytes)
            (source, sessions) = (part, try part.sessions().reversed())
        }
        let export = try PageExport(
            sessions, of: source, now: opened.now, version: Mcptape.version,
            slow: try global.slow(ofFile: opened.file != nil),
            isPart: !selection.isWhole, limit: page.limit
        ) { Gzip.compressed($0) }
        let limit = HumanText.size(page.limit)
        try emit(system) { emit in
            let report = try export.write(emit)
            guard report.size <= page.limit else {
                throw Failure(
                    Failure.usage,
                    "--max-size \(limit) is too small: without any payload the page has "
                        + HumanText.size(report.size),
                    hint: "allow more, or export a part: a filter, or --exchange")
            }
            if report.cutMessages > 0 {
                let count = HumanText.counted(report.cutMessages, "message")
                let size = HumanText.size(report.cutBytes)
                complain(
                    "the payloads of \(count) (\(size)) were left out to keep the page under \(limit);"
                        + " --max-size allows more")
            }
        }
    }
}
