import Glibc
import MCPSemantics
import Platform
import Recording
import Testing
import Wire

@testable import Store

/// A directory that goes with the test, and a store in it.
final class TemporaryStore {
    let parent: String
    var path: String { parent + "/store" }

    init() {
        var template = Array("/tmp/mcptape-store-test-XXXXXX".utf8CString)
        parent = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, mkdtemp(start) != nil else { return "/nonexistent" }
            return String(cString: start)
        }
    }

    deinit { TemporaryStore.remove(parent) }

    func open(_ access: Store.Access = .write, system: SystemCalls = SystemCalls()) throws -> Store {
        let store = try Store.open(path, access: access, system: system)
        store.retention = nil
        return store
    }

    static func remove(_ path: String) {
        var names: [String] = []
        if RealSystem.entries(path, &names) >= 0 {
            for name in names { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

extension SessionDescription {
    /// The n-th session of a test.
    static func test(_ number: Int, started: Int64 = 1_700_000_000_000_000_000) -> SessionDescription {
        var description = SessionDescription(
            id: SessionIDText.id(from: UInt64(number)), name: "server\(number)", transport: .stdio)
        description.startRealtime = started
        return description
    }
}

extension StoreSink {
    /// Commits events under the next position.
    func commit(_ events: [RecordedEvent], position: UInt64, ending: Bool = false) throws {
        var state = SessionState()
        for event in events {
            if case .message(let message) = event { state.lastTime = message.time }
        }
        if ending { state.end = SessionEnd(reason: .clientClosed, time: state.lastTime) }
        let records = SessionRecords(
            description: description, events: events, state: state,
            checkpoint: [UInt8(truncatingIfNeeded: position)])
        try commit(RecordBatch(sessions: [records], position: position, checkpoint: []))
    }
}

extension Store {
    /// Everything a session holds, page by page.
    func allEntries(of session: SessionID, limit: Int = 100) throws -> [RecordingEntry] {
        var all: [RecordingEntry] = []
        while true {
            let page = try entries(of: session, from: (all.last?.sequence ?? 0) + 1, limit: limit)
            if page.isEmpty { return all }
            all += page
        }
    }

    func allExchanges(of session: SessionID, limit: Int = 100) throws -> [Exchange] {
        var all: [Exchange] = []
        while true {
            let page = try exchanges(of: session, from: (all.last?.number ?? 0) + 1, limit: limit)
            if page.isEmpty { return all }
            all += page
        }
    }
}

extension [RecordedEvent] {
    var messages: [RecordingEntry] {
        compactMap { event in
            switch event {
            case .message(let message): .message(message)
            case .gap(let gap): .gap(gap)
            case .part, .exchange: nil
            }
        }
    }

    /// The last value of each exchange.
    var exchanges: [Exchange] {
        var last: [Int: Exchange] = [:]
        for case .exchange(let exchange) in self { last[exchange.number] = exchange }
        return last.keys.sorted().compactMap { last[$0] }
    }
}

extension RecordingEntry {
    /// Without the buffers: slices of equal bytes compare equal, wherever they lie.
    var text: String {
        switch self {
        case .gap(let gap): "gap \(gap.sequence)"
        case .message(let message):
            if case .inline(let bytes) = message.body {
                String(decoding: bytes, as: UTF8.self)
            } else {
                "\(message.body)"
            }
        }
    }
}
