import Platform
import Testing

@testable import Journal

@Suite struct JournalPointerTests {
    private let store = TemporaryStore()
    private let system = SystemCalls()

    @Test func `a pointer is one line, and comes back`() throws {
        let pointer = JournalPointer(directory: store.path, session: "s")
        try pointer.write("/a/place", system: system)
        #expect(TemporaryStore.bytes(of: pointer.path) == Array("/a/place\n".utf8))
        #expect(try pointer.read(system: system) == "/a/place")
        try pointer.write("/another", system: system)
        #expect(try pointer.read(system: system) == "/another")
        #expect(store.files() == ["s"])
    }

    @Test(arguments: ["", "\n", "relative\n", "/no line end", "/bad\u{0}"])
    func `what names no journal is refused`(_ text: String) throws {
        let pointer = JournalPointer(directory: store.path, session: "s")
        let descriptor = Int32(system.open(pointer.path, 0o101, 0o600))
        var bytes = Array(text.utf8)
        _ = system.write(descriptor, &bytes, bytes.count)
        _ = system.close(descriptor)
        #expect(throws: JournalFailure.self) { try pointer.read(system: system) }
    }

    @Test func `a write that fails leaves no half pointer`() throws {
        let pointer = JournalPointer(directory: store.path, session: "s")
        let full = SystemCalls(write: { _, _, _ in -28 })
        #expect(throws: JournalFailure.self) { try pointer.write("/a/place", system: full) }
        #expect(store.files().isEmpty)
    }
}
