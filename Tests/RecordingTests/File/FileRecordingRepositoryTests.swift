import Testing

@testable import Recording

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The recordings of the repository, made by real programs.
struct FileRecordingRepositoryTests {
    private static let folder = "../../../recordings/"

    private static let names: [String] = {
        let here = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
        guard let directory = opendir(here + "/../../../recordings") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".mcptape.jsonl") { names.append(name) }
        }
        return names.sorted()
    }()

    @Test func `there are recordings`() { #expect(FileRecordingRepositoryTests.names.count >= 9) }

    @Test(arguments: names)
    func `a recording is well formed, clean, and is written as it was read`(name: String) throws {
        let bytes = Golden.bytes(FileRecordingRepositoryTests.folder + name)
        let file = try FileRecording(bytes: bytes)
        #expect(file.faults.isEmpty, "\(file.faults)")
        let writer = RecordingFileWriter(header: RecordingFileHeader(sessions: file.header.sessions))
        var again = RecordingFileWriter(header: file.header).headerLine()
        var inspection = ExportInspection()
        // The order of the file, of which every session's entries are a stretch.
        for session in file.header.sessions {
            let id = session.description.id
            inspection.add(session)
            for entry in try file.entries(of: id, from: 1, limit: .max) {
                again += writer.line(for: entry, of: id)
                if case .message(let message) = entry, case .inline(let body) = message.body {
                    inspection.add(entry, of: id, bytes: body)
                }
            }
        }
        #expect(again == bytes)
        #expect(!inspection.hasSecrets, "\(inspection.report())")
        #expect(inspection.findings(of: .homePath).isEmpty, "\(inspection.report())")
    }
}
