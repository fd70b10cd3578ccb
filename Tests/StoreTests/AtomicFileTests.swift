import Glibc
import Platform
import Testing

@testable import Store

struct AtomicFileTests {
    private func text(_ path: String, system: SystemCalls = SystemCalls()) throws -> String {
        var bytes: [UInt8] = []
        try FileReading(path, system: system).read { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(_ text: [UInt8], to path: String) throws {
        let file = try AtomicFile(path, compressing: false)
        try file.write(text)
        try file.commit()
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        let writer = try GzipWriter()
        return writer.push(ArraySlice(text.utf8)) + writer.finish()
    }

    @Test func `plain and compressed files read the same`() throws {
        let place = TemporaryStore()
        let line = String(repeating: "a line of text, again and again\n", count: 40_000)
        for name in ["plain.jsonl", "packed.jsonl.gz"] {
            let path = place.parent + "/" + name
            let file = try AtomicFile(path)
            for piece in [line.prefix(10), line.dropFirst(10)] { try file.write(Array(piece.utf8)) }
            #expect(access(path, F_OK) != 0)
            try file.commit()
            #expect(try text(path) == line)
        }
        var facts = stat()
        stat(place.parent + "/packed.jsonl.gz", &facts)
        #expect(facts.st_size < 10_000)
        #expect(facts.st_mode & 0o7777 == 0o600)
    }

    @Test func `members that follow each other are one text`() throws {
        let place = TemporaryStore()
        let path = place.parent + "/two.gz"
        try write(try gzip("first ") + gzip("") + gzip("second") + [0, 0, 0], to: path)
        #expect(try text(path) == "first second")
    }

    @Test func `a compressed file that is cut or spoilt is damaged, not shorter`() throws {
        let place = TemporaryStore()
        let path = place.parent + "/cut.gz"
        let whole = try gzip(String(repeating: "text ", count: 1000))
        var spoilt = whole
        spoilt[whole.count / 2] ^= 0xff
        for bytes in [Array(whole.dropLast()), Array(whole.prefix(12)), spoilt, whole + [1]] {
            try write(bytes, to: path)
            let failure = #expect(throws: StoreFailure.self) { _ = try text(path) }
            #expect(failure?.kind == .damaged)
            #expect(failure?.message.hasPrefix(path) == true)
        }
    }

    @Test func `the same bytes give the same compressed file`() throws {
        #expect(try gzip("abc") == gzip("abc"))
    }

    @Test func `a file that is not committed leaves nothing, and the old one stays`() throws {
        let place = TemporaryStore()
        let path = place.parent + "/file"
        try write(Array("old".utf8), to: path)
        chmod(path, 0o644)
        var file: AtomicFile? = try AtomicFile(path)
        try file?.write(Array("new".utf8))
        file = nil
        #expect(try text(path) == "old")
        var names: [String] = []
        _ = RealSystem.entries(place.parent, &names)
        #expect(names == ["file"])
        try write(Array("new".utf8), to: path)
        #expect(try text(path) == "new")
        var facts = stat()
        stat(path, &facts)
        #expect(facts.st_mode & 0o7777 == 0o644)
    }

    @Test func `whichever call fails, the file is whole, old or new`() throws {
        let place = TemporaryStore()
        let path = place.parent + "/file"
        try write(Array("old".utf8), to: path)
        for step in 1... {
            let faults = Faults(failing: step, with: ENOSPC)
            do {
                let file = try AtomicFile(path, system: faults.system)
                try file.write(Array("new".utf8))
                try file.commit()
            } catch {
                #expect(error.kind == .full)
            }
            let now = try text(path)
            #expect(now == "old" || now == "new")
            var names: [String] = []
            _ = RealSystem.entries(place.parent, &names)
            if !faults.hasFired {
                #expect(names == ["file"] && now == "new")
                break
            }
            try write(Array("old".utf8), to: path)
        }
    }

    @Test func `a file that is not there is missing, and a directory is not a file`() throws {
        let place = TemporaryStore()
        let missing = #expect(throws: StoreFailure.self) { _ = try text(place.parent + "/nothing") }
        #expect(missing?.kind == .missing)
        #expect(throws: StoreFailure.self) { _ = try text(place.parent) }
        #expect(throws: StoreFailure.self) { _ = try AtomicFile(place.parent) }
    }
}
