internal import CSystemCalls

#if canImport(Glibc)
    public import Glibc
#else
    public import Darwin
#endif

/// The functions of the operating system that `SystemCalls` holds by default.
public enum RealSystem {
    /// The result, or minus errno where the call answered -1.
    private static func answer(_ result: Int) -> Int { result == -1 ? -Int(errno) : result }

    public static let open: @Sendable (String, Int32, mode_t) -> Int = { path, flags, mode in
        #if canImport(Glibc)
            answer(Int(Glibc.open(path, flags | O_CLOEXEC, mode)))
        #else
            answer(Int(Darwin.open(path, flags | O_CLOEXEC, mode)))
        #endif
    }
    public static let close: @Sendable (Int32) -> Int = { descriptor in
        #if canImport(Glibc)
            answer(Int(Glibc.close(descriptor)))
        #else
            answer(Int(Darwin.close(descriptor)))
        #endif
    }
    public static let read: @Sendable (Int32, UnsafeMutableRawPointer, Int) -> Int = {
        descriptor, bytes, count in
        #if canImport(Glibc)
            answer(Glibc.read(descriptor, bytes, count))
        #else
            answer(Darwin.read(descriptor, bytes, count))
        #endif
    }
    public static let write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { descriptor, bytes, count in
        #if canImport(Glibc)
            answer(Glibc.write(descriptor, bytes, count))
        #else
            answer(Darwin.write(descriptor, bytes, count))
        #endif
    }
    public static let pread: @Sendable (Int32, UnsafeMutableRawPointer, Int, off_t) -> Int = {
        #if canImport(Glibc)
            answer(Glibc.pread($0, $1, $2, $3))
        #else
            answer(Darwin.pread($0, $1, $2, $3))
        #endif
    }
    public static let pwrite: @Sendable (Int32, UnsafeRawPointer, Int, off_t) -> Int = {
        #if canImport(Glibc)
            answer(Glibc.pwrite($0, $1, $2, $3))
        #else
            answer(Darwin.pwrite($0, $1, $2, $3))
        #endif
    }
    public static let truncate: @Sendable (Int32, off_t) -> Int = { answer(Int(ftruncate($0, $1))) }
    public static let allocate: @Sendable (Int32, off_t, off_t) -> Int = { descriptor, offset, length in
        #if canImport(Glibc)
            // Answers with the error itself, not through errno. Source: posix_fallocate(3).
            -Int(posix_fallocate(descriptor, offset, length))
        #else
            answer(Int(ftruncate(descriptor, offset + length)))
        #endif
    }
    public static let map: @Sendable (Int32, Int, inout Int32) -> UnsafeMutableRawPointer? = {
        descriptor, length, error in
        let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            error = errno
            return nil
        }
        return address
    }
    public static let unmap: @Sendable (UnsafeMutableRawPointer, Int) -> Int = { answer(Int(munmap($0, $1))) }
    public static let advise: @Sendable (UnsafeMutableRawPointer, Int, Int32) -> Int = {
        answer(Int(madvise($0, $1, $2)))
    }
    public static let syncMapping: @Sendable (UnsafeMutableRawPointer, Int) -> Int = {
        answer(Int(msync($0, $1, Int32(MS_SYNC))))
    }
    public static let syncFile: @Sendable (Int32) -> Int = { answer(Int(fsync($0))) }
    public static let lock: @Sendable (Int32, Int32) -> Int = { answer(Int(flock($0, $1))) }
    public static let rename: @Sendable (String, String) -> Int = { from, to in
        #if canImport(Glibc)
            answer(Int(Glibc.rename(from, to)))
        #else
            answer(Int(Darwin.rename(from, to)))
        #endif
    }
    public static let unlink: @Sendable (String) -> Int = { path in
        #if canImport(Glibc)
            answer(Int(Glibc.unlink(path)))
        #else
            answer(Int(Darwin.unlink(path)))
        #endif
    }
    public static let makeDirectory: @Sendable (String, mode_t) -> Int = { answer(Int(mkdir($0, $1))) }
    public static let removeDirectory: @Sendable (String) -> Int = { answer(Int(rmdir($0))) }
    public static let status: @Sendable (String, inout stat) -> Int = { answer(Int(lstat($0, &$1))) }
    public static let fileStatus: @Sendable (Int32, inout stat) -> Int = { answer(Int(fstat($0, &$1))) }
    public static let userID: @Sendable () -> uid_t = { geteuid() }
    public static let changeMode: @Sendable (String, mode_t) -> Int = { answer(Int(chmod($0, $1))) }
    public static let entries: @Sendable (String, inout [String]) -> Int = { path, names in
        guard let directory = opendir(path) else { return -Int(errno) }
        defer { closedir(directory) }
        names = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else { return -Int(errno) }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { field in
                String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }
    public static let fileSystem: @Sendable (String, inout FileSystemFacts) -> Int = { path, result in
        var facts = csystem_filesystem()
        let status = csystem_filesystem(path, &facts)
        result = FileSystemFacts(type: facts.type, total: facts.total, available: facts.available)
        return Int(status)
    }
    public static let poll: @Sendable (UnsafeMutablePointer<pollfd>, Int, Int32) -> Int = {
        list, count, limit in
        #if canImport(Glibc)
            answer(Int(Glibc.poll(list, nfds_t(count), limit)))
        #else
            answer(Int(Darwin.poll(list, nfds_t(count), limit)))
        #endif
    }
    public static let readNow: @Sendable (Int32, Int32, UnsafeMutableRawPointer, Int) -> Int = {
        csystem_read_now($0, $1, $2, $3)
    }
    public static let writeNow: @Sendable (Int32, Int32, UnsafeRawPointer, Int, Bool) -> Int = {
        csystem_write_now($0, $1, $2, $3, $4 ? 1 : 0)
    }
    public static let boottime: @Sendable () -> Int64 = {
        var now = timespec()
        #if canImport(Glibc)
            clock_gettime(CLOCK_BOOTTIME, &now)
        #else
            clock_gettime(CLOCK_MONOTONIC, &now)
        #endif
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
    public static let realtime: @Sendable () -> Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
