import HTTPTransport
import Platform
import Recording
import Store
import Telemetry
import Viewer

/// The store behind `serve`, on the thread that answers.
final class ServedStore {
    private let path: String
    /// Bytes over which the oldest recordings are removed.
    private let sizeLimit: Int64?
    private let system: SystemCalls
    private var opened: Store?

    init(_ location: StoreLocation, system: SystemCalls) {
        path = location.path
        sizeLimit = location.retention.size
        self.system = system
    }

    /// The answer to a request that needs the store.
    func answer(_ request: PageRequest) -> PageAnswer {
        let site = ViewerSite(
            metrics: { () throws(SourceFailure) in
                var set = try self.metrics()
                set.addProcess(.current(system: self.system))
                set.identify(version: Mcptape.version, instance: InstanceName.of(self.path))
                return set
            }, compress: { Gzip.compressed($0) })
        return site.answer(request)
    }

    /// The metrics of all that was ever recorded here, and of the store itself, as they are now.
    func metrics() throws(SourceFailure) -> MetricSet {
        do throws(StoreFailure) {
            return try store().metrics(limit: sizeLimit)
        } catch {
            // Opened anew next time: it may have been replaced.
            opened = nil
            throw error.asSourceFailure
        }
    }

    private func store() throws(StoreFailure) -> Store {
        if let opened { return opened }
        let store = try Store.open(path, access: .read, system: system)
        opened = store
        return store
    }
}

/// gzip in memory.
enum Gzip {
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard let writer = try? GzipWriter() else { return nil }
        return writer.push(bytes[...]) + writer.finish()
    }
}
