internal import Glibc
public import Platform

/// The store's key, under which placeholders of redacted values are made: `redaction.key`, 32 random bytes,
/// 0600. It never leaves the store.
///
/// Any number of processes may ask at once: the first one to hold the file's lock makes the key, and a file
/// that a crash left short is no key and is made anew.
public enum RedactionKey {
    /// Bytes of a key.
    public static let size = 32

    /// Where the key of a store lies.
    public static func path(ofStore path: String) -> String { path + "/redaction.key" }

    /// The store's key; makes it, and the store's directory, where they are missing.
    public static func made(
        inStore path: String, system: SystemCalls = SystemCalls()
    ) throws(StoreFailure) -> [UInt8] {
        let directory = StoreDirectory(path: path, system: system)
        try directory.prepare()
        let file = self.path(ofStore: directory.path)
        _ = try directory.create(file)
        let opened = system.open(file, O_RDWR | O_NOFOLLOW, 0)
        guard opened >= 0 else { throw StoreFailure(cannot: "open", file, opened) }
        let descriptor = Int32(opened)
        defer { _ = system.close(descriptor) }
        // Nearly always it is there, and no lock is needed: it is written in one piece.
        if let key = try read(descriptor, file, system) { return key }
        try lock(descriptor, file, system)
        // Closing gives the lock back.
        if let key = try read(descriptor, file, system) { return key }
        var random = SystemRandomNumberGenerator()
        let key = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        try write(key, descriptor, file, system)
        return key
    }

    /// The store's key, or nil when it has none that can be read; nothing is made.
    public static func known(inStore path: String, system: SystemCalls = SystemCalls()) -> [UInt8]? {
        let file = self.path(ofStore: path)
        let opened = system.open(file, O_RDONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return nil }
        defer { _ = system.close(Int32(opened)) }
        return (try? read(Int32(opened), file, system)) ?? nil
    }

    /// Milliseconds to wait for another process that makes the key: a recording does not wait for ever.
    private static let patience: Int32 = 2000

    private static func lock(
        _ descriptor: Int32, _ file: String, _ system: SystemCalls
    ) throws(StoreFailure) {
        for _ in 0..<patience {
            let result = system.lock(descriptor, LOCK_EX | LOCK_NB)
            if result >= 0 { return }
            if result == -Int(EINTR) { continue }
            guard result == -Int(EWOULDBLOCK) else { throw StoreFailure(cannot: "lock", file, result) }
            var none = pollfd()
            _ = system.poll(&none, 0, 1)
        }
        throw StoreFailure(.busy, "\(file): another process has been making the key for \(patience) ms")
    }

    /// Nil when the file is not a whole key.
    private static func read(
        _ descriptor: Int32, _ file: String, _ system: SystemCalls
    ) throws(StoreFailure) -> [UInt8]? {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw StoreFailure(cannot: "read", file, -Int(errno))
        }
        var key = [UInt8](repeating: 0, count: size)
        while true {
            let count = key.withUnsafeMutableBytes { buffer -> Int in
                buffer.baseAddress.map { system.read(descriptor, $0, size) } ?? 0
            }
            if count == -Int(EINTR) { continue }
            guard count >= 0 else { throw StoreFailure(cannot: "read", file, count) }
            return count == size ? key : nil
        }
    }

    /// In one write behind what is there: 32 bytes are written whole, or the file stays short.
    private static func write(
        _ key: [UInt8], _ descriptor: Int32, _ file: String, _ system: SystemCalls
    ) throws(StoreFailure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw StoreFailure(cannot: "write", file, -Int(errno))
        }
        let count = key.withUnsafeBytes { buffer -> Int in
            buffer.baseAddress.map { system.write(descriptor, $0, size) } ?? 0
        }
        guard count >= 0 else { throw StoreFailure(cannot: "write", file, count) }
        guard count == size else { throw StoreFailure(.full, "\(file): the key was not written whole") }
        let synced = system.syncFile(descriptor)
        guard synced >= 0 else { throw StoreFailure(cannot: "sync", file, synced) }
    }
}
