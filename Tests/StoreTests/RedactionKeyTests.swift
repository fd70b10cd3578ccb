import Glibc
import Platform
import Testing

@testable import Store

struct RedactionKeyTests {
    @Test func `the first one makes the key and all others read it`() throws {
        let place = TemporaryStore()
        let key = try RedactionKey.made(inStore: place.path)
        #expect(key.count == RedactionKey.size)
        #expect(Set(key).count > 4)
        #expect(try RedactionKey.made(inStore: place.path) == key)
        var facts = stat()
        #expect(RealSystem.status(RedactionKey.path(ofStore: place.path), &facts) >= 0)
        #expect(facts.st_mode & 0o777 == 0o600)
        #expect(facts.st_size == RedactionKey.size)
    }

    @Test func `many at once have one key`() async throws {
        let place = TemporaryStore()
        let path = place.path
        let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 { group.addTask { try RedactionKey.made(inStore: path) } }
            var keys: Set<[UInt8]> = []
            for try await key in group { keys.insert(key) }
            return keys
        }
        #expect(keys.count == 1)
    }

    @Test func `a file that is short is no key`() throws {
        let place = TemporaryStore()
        let path = RedactionKey.path(ofStore: place.path)
        _ = try RedactionKey.made(inStore: place.path)
        #expect(truncate(path, 7) == 0)
        let key = try RedactionKey.made(inStore: place.path)
        #expect(key.count == RedactionKey.size)
        #expect(try RedactionKey.made(inStore: place.path) == key)
    }

    @Test func `whatever fails, the next one has a key`() throws {
        for number in 1...40 {
            let place = TemporaryStore()
            let faults = Faults(failing: number, with: EIO)
            let made = try? RedactionKey.made(inStore: place.path, system: faults.system)
            let key = try RedactionKey.made(inStore: place.path)
            #expect(key.count == RedactionKey.size)
            if let made { #expect(made == key) }
            if !faults.hasFired { return }
        }
        Issue.record("no run without a fault")
    }
}
