import Glibc
import Recording

/// What tells one scrape target from others: the same after a restart, so that no series is new then.
enum InstanceName {
    /// - Parameter place: what tells it apart on this machine: a store's path, a listener's address.
    static func of(_ place: String) -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // Neither the machine's name nor a path is told to whoever may scrape.
        return SHA256.hex(SHA256.digest(of: (host + [0] + Array(place.utf8))[...]).prefix(8))
    }
}
