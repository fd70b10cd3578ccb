import Glibc
import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct StoreConcurrencyTests {
    /// Runs `body` once on each of `count` threads and waits for them.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let threads = (0..<count).map { index -> pthread_t in
            var thread = pthread_t()
            let work = Unmanaged.passRetained(Box<() -> Void>({ body(index) }))
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Box<() -> Void>>.fromOpaque(argument).takeRetainedValue().value()
                    return nil
                }, work.toOpaque())
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Nil while no writer has made the store yet.
    private func opened(_ path: String) throws -> Store? {
        do {
            return try Store.open(path, access: .read)
        } catch {
            if error.kind == .missing { return nil }
            throw error
        }
    }

    @Test func `many writers and readers use one store at the same time`() throws {
        let place = TemporaryStore()
        let path = place.path
        let writers = 5
        let failures = Mailbox()
        onThreads(writers + 2) { index in
            do {
                if index < writers {
                    let store = try Store.open(path, access: .write)
                    store.retention = nil
                    let sink = try store.sink(for: .test(index))
                    var traffic = SampleTraffic(seed: UInt64(index))
                    for position in 1...30 {
                        try sink.commit(
                            (0..<8).flatMap { _ in traffic.next() }, position: UInt64(position),
                            ending: position == 30)
                    }
                    if index == 0 { try store.checkpoint() }
                } else {
                    // Whatever a reader sees is a prefix: no message is missing before the last one.
                    for _ in 0..<20 {
                        guard let store = try opened(path) else { continue }
                        for session in try store.sessions() {
                            let entries = try store.allEntries(of: session.description.id)
                            if entries.map(\.sequence) != entries.indices.map({ Int64($0 + 1) }) {
                                failures.put("a hole in \(session.description.name)")
                            }
                            for damage in store.damage { failures.put(damage.text) }
                        }
                    }
                }
            } catch {
                failures.put("\(error)")
            }
        }
        #expect(failures.all == [])
        let reader = try place.open(.read)
        for index in 0..<writers {
            var traffic = SampleTraffic(seed: UInt64(index))
            let events = (0..<240).flatMap { _ in traffic.next() }
            #expect(try reader.allEntries(of: SessionDescription.test(index).id) == events.messages)
            #expect(try reader.allExchanges(of: SessionDescription.test(index).id) == events.exchanges)
        }
        #expect(Doctor.examine(path, repairs: false).findings.filter { $0.code != "space" } == [])
    }
}

/// Collects what threads have to say.
private final class Mailbox: @unchecked Sendable {
    private var texts: [String] = []
    private var mutex = pthread_mutex_t()

    func put(_ text: String) {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        texts.append(text)
    }

    var all: [String] { texts }
}
