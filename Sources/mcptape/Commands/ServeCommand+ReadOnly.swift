import Exporters
import HTTPTransport
import Platform
import Store

/// `serve` of a store that this user may read and not write.
extension ServeCommand {
    /// Makes the store when it is missing: an operator starts it before anything was recorded. False: it is
    /// there and can be read, and this user may not write it.
    func opens(_ location: StoreLocation, _ system: SystemCalls) throws(Failure) -> Bool {
        do throws(StoreFailure) {
            return try Store.open(location.path, access: .write, system: system).isWritable
        } catch {
            guard error.kind == .refused else { throw Failure.explaining(error) }
            do throws(StoreFailure) {
                let store = try Store.open(location.path, access: .read, system: system)
                guard store.isWritable else { return false }
            } catch let second {
                // A store that is not there cannot be made: that is what the first one says.
                throw Failure.explaining(second.kind == .missing ? error : second)
            }
            throw Failure.explaining(error)
        }
    }

    /// Shows a store of a read-only file system, or one whose permissions say so: what is in it, and what
    /// those add who may write it.
    func serveReadOnly(
        _ location: StoreLocation, at address: ListenAddress?, _ telemetry: OTLPSettings, _ log: Log,
        _ system: SystemCalls
    ) throws {
        // One that serves it from another container has an address that leads nowhere here.
        if let entry = ServePost.holder(in: location.path, system: system),
            ServePost.isProcess(of: entry, in: location.path)
        {
            return tell(entry, telemetry, log)
        }
        let rest =
            telemetry.endpoints.isEmpty
            ? "" : ", and nothing is exported, as how far that went could not be kept"
        log.say(
            .warning,
            "\(location.path) is read only here: it is shown as it is, what killed recorders left is not "
                + "taken in, and nothing can be deleted\(rest)")
        if background { BackgroundProcess.begin() }
        try serve(location, at: address, nil, nil, log, system)
    }
}
