internal import Glibc
internal import Platform

/// Tells file systems on which SQLite's write-ahead log does not work between machines.
enum NetworkFileSystem {
    /// The name of the network file system that holds `path`, or nil when it is local.
    static func name(of path: String, system: SystemCalls) -> String? {
        var facts = FileSystemFacts()
        guard system.fileSystem(path, &facts) >= 0 else { return nil }
        if let known = magic[UInt32(truncatingIfNeeded: facts.type)] { return known }
        // FUSE is local or remote: the mount table tells which program serves it.
        guard UInt32(truncatingIfNeeded: facts.type) == 0x6573_5546 else { return nil }
        guard let type = mountType(of: path, system: system) else { return nil }
        return remoteFUSE.contains(type) ? type : nil
    }

    /// Source: statfs(2) and linux/magic.h.
    private static let magic: [UInt32: String] = [
        0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x5346_414f: "AFS",
        0x6b41_4653: "AFS", 0x7375_7245: "Coda", 0x564c: "NCP", 0x0102_1997: "9P", 0x00c3_6400: "Ceph",
        0x0bd0_0bd0: "Lustre", 0x0116_1970: "GFS2", 0x7461_636f: "OCFS2", 0x786f_4256: "VirtualBox share",
    ]

    private static let remoteFUSE: Set<String> = [
        "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.davfs", "fuse.davfs2",
        "fuse.glusterfs", "fuse.curlftpfs", "fuse.smbnetfs", "fuse.nfs", "fuse.juicefs", "fuse.goofys",
        "fuse.ceph-fuse", "fuse.mfs", "fuse.hdfs", "fuse.blobfuse", "fuse.blobfuse2",
    ]

    /// The type of the mount with the longest mount point above `path`. Source: proc(5), mountinfo.
    static func mountType(of path: String, system: SystemCalls) -> String? {
        guard let table = contents(of: "/proc/self/mountinfo", system: system) else { return nil }
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let place = String(cString: resolved)
        var best: (length: Int, type: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else {
                continue
            }
            let point = unescaped(fields[4])
            guard place == point || point == "/" || place.hasPrefix(point + "/") else { continue }
            // A later mount on the same point hides the earlier one.
            if point.utf8.count >= best?.length ?? 0 { best = (point.utf8.count, String(fields[dash + 1])) }
        }
        return best?.type
    }

    /// Space, tab, line feed and backslash stand as octal escapes in the table.
    private static func unescaped(_ field: Substring) -> String {
        var text = String(field)
        for (escape, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
            text = text.split(separator: escape, omittingEmptySubsequences: false).joined(
                separator: character)
        }
        return text
    }

    /// At most 1 MiB of a file: a mount table of ten thousand mounts.
    private static func contents(of path: String, system: SystemCalls) -> String? {
        let descriptor = system.open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = system.close(Int32(descriptor)) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < 1 << 20 {
            let count = chunk.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return system.read(Int32(descriptor), start, buffer.count)
            }
            if count == -Int(EINTR) { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
