#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// The operating system as a table of functions.
///
/// Journal, Store and StdioTransport reach the system through one value of this type, so a test makes the
/// N-th call fail, stops at a named point or replaces the clock; a release build has no other switch.
///
/// Every function answers as the kernel does: zero or more on success, minus errno on failure. None is
/// retried on EINTR unless it says so.
public final class SystemCalls: Sendable {
    /// A file descriptor.
    public typealias Descriptor = Int32

    public let open: @Sendable (_ path: String, _ flags: Int32, _ mode: mode_t) -> Int
    public let close: @Sendable (Descriptor) -> Int
    public let read: @Sendable (Descriptor, UnsafeMutableRawPointer, Int) -> Int
    public let write: @Sendable (Descriptor, UnsafeRawPointer, Int) -> Int
    public let pread: @Sendable (Descriptor, UnsafeMutableRawPointer, Int, off_t) -> Int
    public let pwrite: @Sendable (Descriptor, UnsafeRawPointer, Int, off_t) -> Int
    public let truncate: @Sendable (Descriptor, off_t) -> Int
    /// `posix_fallocate`.
    public let allocate: @Sendable (Descriptor, off_t, off_t) -> Int
    /// `mmap(nil, length, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)`; the address, or nil and errno in
    /// `error`.
    public let map: @Sendable (Descriptor, _ length: Int, _ error: inout Int32) -> UnsafeMutableRawPointer?
    public let unmap: @Sendable (UnsafeMutableRawPointer, Int) -> Int
    public let advise: @Sendable (UnsafeMutableRawPointer, Int, _ advice: Int32) -> Int
    /// `msync(MS_SYNC)`.
    public let syncMapping: @Sendable (UnsafeMutableRawPointer, Int) -> Int
    public let syncFile: @Sendable (Descriptor) -> Int
    /// `flock(2)`.
    public let lock: @Sendable (Descriptor, _ operation: Int32) -> Int
    public let rename: @Sendable (_ from: String, _ to: String) -> Int
    public let unlink: @Sendable (String) -> Int
    public let makeDirectory: @Sendable (String, mode_t) -> Int
    public let removeDirectory: @Sendable (String) -> Int
    /// `lstat(2)`.
    public let status: @Sendable (String, inout stat) -> Int
    /// `fstat(2)`.
    public let fileStatus: @Sendable (Descriptor, inout stat) -> Int
    /// `chmod(2)`; follows links.
    public let changeMode: @Sendable (String, mode_t) -> Int
    /// The names in a directory, in no order, without `.` and `..`.
    public let entries: @Sendable (String, inout [String]) -> Int
    /// `statfs(2)`.
    public let fileSystem: @Sendable (String, inout FileSystemFacts) -> Int
    /// `poll(2)`, time-out in milliseconds, -1 for none.
    public let poll: @Sendable (UnsafeMutablePointer<pollfd>, Int, Int32) -> Int
    /// Reads what is there without waiting, whatever flags the descriptor has; `kind` is a
    /// `csystem_descriptor_kind`.
    public let readNow: @Sendable (Descriptor, _ kind: Int32, UnsafeMutableRawPointer, Int) -> Int
    /// Writes what fits without waiting, whatever flags the descriptor has. `afterPoll`: poll said that there
    /// is room.
    public let writeNow:
        @Sendable (Descriptor, _ kind: Int32, UnsafeRawPointer, Int, _ afterPoll: Bool) -> Int
    /// CLOCK_BOOTTIME (CLOCK_MONOTONIC on macOS), nanoseconds.
    public let boottime: @Sendable () -> Int64
    /// CLOCK_REALTIME, nanoseconds since 1970-01-01T00:00:00Z.
    public let realtime: @Sendable () -> Int64
    /// The effective user's id: `geteuid(2)`.
    public let userID: @Sendable () -> uid_t
    /// Called at the named points of a protocol that must survive a crash there. Does nothing by default.
    public let reached: @Sendable (StaticString) -> Void

    /// The real system; any function can be replaced.
    public init(
        open: @escaping @Sendable (String, Int32, mode_t) -> Int = RealSystem.open,
        close: @escaping @Sendable (Descriptor) -> Int = RealSystem.close,
        read: @escaping @Sendable (Descriptor, UnsafeMutableRawPointer, Int) -> Int = RealSystem.read,
        write: @escaping @Sendable (Descriptor, UnsafeRawPointer, Int) -> Int = RealSystem.write,
        pread: @escaping @Sendable (Descriptor, UnsafeMutableRawPointer, Int, off_t) -> Int = RealSystem
            .pread,
        pwrite: @escaping @Sendable (Descriptor, UnsafeRawPointer, Int, off_t) -> Int = RealSystem.pwrite,
        truncate: @escaping @Sendable (Descriptor, off_t) -> Int = RealSystem.truncate,
        allocate: @escaping @Sendable (Descriptor, off_t, off_t) -> Int = RealSystem.allocate,
        map: @escaping @Sendable (Descriptor, Int, inout Int32) -> UnsafeMutableRawPointer? = RealSystem.map,
        unmap: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Int = RealSystem.unmap,
        advise: @escaping @Sendable (UnsafeMutableRawPointer, Int, Int32) -> Int = RealSystem.advise,
        syncMapping: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Int = RealSystem.syncMapping,
        syncFile: @escaping @Sendable (Descriptor) -> Int = RealSystem.syncFile,
        lock: @escaping @Sendable (Descriptor, Int32) -> Int = RealSystem.lock,
        rename: @escaping @Sendable (String, String) -> Int = RealSystem.rename,
        unlink: @escaping @Sendable (String) -> Int = RealSystem.unlink,
        makeDirectory: @escaping @Sendable (String, mode_t) -> Int = RealSystem.makeDirectory,
        removeDirectory: @escaping @Sendable (String) -> Int = RealSystem.removeDirectory,
        status: @escaping @Sendable (String, inout stat) -> Int = RealSystem.status,
        fileStatus: @escaping @Sendable (Descriptor, inout stat) -> Int = RealSystem.fileStatus,
        changeMode: @escaping @Sendable (String, mode_t) -> Int = RealSystem.changeMode,
        entries: @escaping @Sendable (String, inout [String]) -> Int = RealSystem.entries,
        fileSystem: @escaping @Sendable (String, inout FileSystemFacts) -> Int = RealSystem.fileSystem,
        poll: @escaping @Sendable (UnsafeMutablePointer<pollfd>, Int, Int32) -> Int = RealSystem.poll,
        readNow: @escaping @Sendable (Int32, Int32, UnsafeMutableRawPointer, Int) -> Int = RealSystem.readNow,
        writeNow: @escaping @Sendable (Int32, Int32, UnsafeRawPointer, Int, Bool) -> Int = RealSystem
            .writeNow,
        boottime: @escaping @Sendable () -> Int64 = RealSystem.boottime,
        realtime: @escaping @Sendable () -> Int64 = RealSystem.realtime,
        userID: @escaping @Sendable () -> uid_t = RealSystem.userID,
        reached: @escaping @Sendable (StaticString) -> Void = { _ in }
    ) {
        self.open = open
        self.close = close
        self.read = read
        self.write = write
        self.pread = pread
        self.pwrite = pwrite
        self.truncate = truncate
        self.allocate = allocate
        self.map = map
        self.unmap = unmap
        self.advise = advise
        self.syncMapping = syncMapping
        self.syncFile = syncFile
        self.lock = lock
        self.rename = rename
        self.unlink = unlink
        self.makeDirectory = makeDirectory
        self.removeDirectory = removeDirectory
        self.status = status
        self.fileStatus = fileStatus
        self.changeMode = changeMode
        self.entries = entries
        self.fileSystem = fileSystem
        self.poll = poll
        self.readNow = readNow
        self.writeNow = writeNow
        self.boottime = boottime
        self.realtime = realtime
        self.userID = userID
        self.reached = reached
    }
}
