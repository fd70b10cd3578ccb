import MCPSemantics
import Recording
import Wire

/// A recording file from anybody: reading never traps, does not depend on cuts, and gives the same text back.
///
/// The first byte chooses the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFile(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let file = Array(input[1...])
    if let text = reread(file, step: Int(input[0]) + 1) {
        require(text == file, "reading and writing changed the file")
    }
    guard let recording = try? FileRecording(bytes: file), let sessions = try? recording.sessions() else {
        return 0
    }
    for summary in sessions {
        let id = summary.description.id
        let entries = (try? recording.entries(of: id, from: 0, limit: 100)) ?? []
        _ = try? recording.exchanges(of: id, from: 1, limit: 100)
        let writer = RecordingFileWriter(sessions: [summary])
        _ = writer.headerLine()
        for entry in entries { check(entry, of: summary, writer) }
    }
    if let growing = try? GrowingSession(bytes: file) { check(growing, against: recording) }
    return 0
}

/// What may be read piece by piece is whole, and says the same.
private func check(_ growing: GrowingSession, against file: FileRecording) {
    require(file.faults.isEmpty, "a damaged file is read piece by piece")
    var growing = growing
    var entries: [RecordingEntry] = []
    while !growing.isAtEnd { entries += growing.read(atLeast: 1).entries }
    let id = growing.summary.description.id
    var whole: [RecordingEntry] = []
    while true {
        let next = (whole.last?.sequence ?? .min) + 1
        guard let page = try? file.entries(of: id, from: next, limit: 100), !page.isEmpty else { break }
        whole += page
    }
    require(entries.map(\.sequence) == whole.map(\.sequence), "not the same messages")
}

/// An entry that was read is written to a line that reads as the same bytes, and is written the same again.
private func check(_ entry: RecordingEntry, of session: SessionSummary, _ writer: RecordingFileWriter) {
    let id = session.description.id
    let line = writer.line(for: entry, of: id)
    guard let file = try? FileRecording(bytes: writer.headerLine() + line),
        let again = try? file.entries(of: id, from: 0, limit: 2)
    else {
        fatalError("what was written is no recording")
    }
    require(file.faults.isEmpty && again.count == 1, "what was written has faults")
    require(writer.line(for: again[0], of: id) == line, "not the same line")
    guard case .message(let message) = entry, case .message(let read) = again[0] else { return }
    require(message.body == read.body, "not the same bytes")
}

/// The file put together from what the reader made of it; nil when it is no recording.
private func reread(_ file: [UInt8], step: Int) -> [UInt8]? {
    var reader = RecordingFileReader()
    var text: [UInt8] = []
    func take(_ item: RecordingFileReader.Item) {
        switch item {
        case .header(let header): text += header.encoded()
        case .line(let line):
            text += line.text
            if line.hasLineFeed { text.append(0x0A) }
        }
    }
    var rest = file[...]
    while !rest.isEmpty {
        guard let items = try? reader.push(rest.prefix(step)) else { return nil }
        for item in items {
            take(item)
            if case .header = item { text.append(0x0A) }
        }
        rest = rest.dropFirst(step)
    }
    guard let last = try? reader.finish() else { return text.isEmpty ? nil : text }
    take(last)
    return text
}
