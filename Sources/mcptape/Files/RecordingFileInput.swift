import Glibc
import Platform
import Recording
import Store

/// Opens recording files for the reading commands.
enum RecordingFileInput {
    /// Reads the file, plain or gzip. What is damaged in it is said on standard error; the rest is there.
    static func open(_ path: String, system: SystemCalls) throws -> FileRecording {
        try complaining(read(path, system: system), path)
    }

    /// Says on standard error what is damaged in a file.
    static func complaining(_ recording: FileRecording, _ path: String) -> FileRecording {
        for fault in recording.faults { complain(fault.text(file: path)) }
        if recording.unlistedFindings > 0 {
            complain("\(path): \(recording.unlistedFindings) more findings; mcptape check lists them")
        }
        return recording
    }

    /// Reads the file and says nothing.
    static func read(_ path: String, system: SystemCalls) throws -> FileRecording {
        try indexed(bytes(of: path, system: system), path)
    }

    /// What is in the file, expanded.
    static func bytes(of path: String, system: SystemCalls) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var status = stat()
        // An array that grows is there twice for a while. The text of gzip is larger, and its array grows.
        if stat(path, &status) == 0, status.st_size > 0, status.st_size < 4 << 30 {
            bytes.reserveCapacity(Int(status.st_size))
        }
        do {
            try FileReading(path, system: system).read { bytes.append(contentsOf: $0) }
        } catch let failure as StoreFailure {
            let hint = interruptedHint(path)
            throw Failure(
                Failure.explaining(failure).status == Failure.io && access(path, F_OK) != 0
                    ? Failure.noInput : Failure.explaining(failure).status,
                failure.message, hint: hint)
        }
        return bytes
    }

    static func indexed(_ bytes: [UInt8], _ path: String) throws -> FileRecording {
        do throws(SourceFailure) {
            return try FileRecording(bytes: bytes)
        } catch {
            throw Failure(Failure.explaining(error).status, "\(path): \(error.message)")
        }
    }

    /// A `record --no-store -o FILE` that was killed left a scratch store beside the file.
    static func interruptedHint(_ path: String) -> String? {
        let usual = OutputFile(path: path, isOnly: true).place(store: "")
        let slash = usual.lastIndex(of: "/") ?? usual.startIndex
        let name = usual[usual.index(after: slash)...]
        // Of `replay --mode` each process has one of its own, whose number follows.
        let found = ScratchStore.names(in: String(usual[...slash])).filter {
            $0 == name || $0.hasPrefix(name + "-")
        }
        guard let newest = found.max() else { return nil }
        let scratch = usual[...slash] + newest
        return
            "its recorder was killed; the recording is kept: mcptape export --store \(scratch) last -o \(path)"
    }
}
