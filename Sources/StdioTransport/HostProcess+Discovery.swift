public import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension HostProcess {
    /// The host that started us: the nearest ancestor that is neither ours nor a shell; nil where the system
    /// does not tell (no /proc).
    public static func discovered() -> HostProcess? {
        nearestHost(of: getpid(), in: ProcessFiles(root: "/proc"))
    }

    /// Shells start a command and wait for it; the one who speaks to the server is whoever started them.
    static let shells: Set<String> = [
        "sh", "bash", "dash", "zsh", "fish", "ksh", "ksh93", "mksh", "ash", "busybox", "csh", "tcsh", "nu",
        "pwsh",
        "elvish", "xonsh",
    ]

    /// No chain of ancestors is longer; a damaged /proc must not keep us looking.
    static let ancestorLimit = 64

    static func nearestHost(of process: Int32, in files: ProcessFiles) -> HostProcess? {
        guard let own = files.process(process) else { return nil }
        var parent = own.parent
        for _ in 0..<ancestorLimit {
            guard parent > 0, let candidate = files.process(parent) else { return nil }
            let name = candidate.name
            // A login shell's own name for itself begins with a hyphen; the file's does not.
            if name != own.name, !shells.contains(name) {
                return HostProcess(processID: parent, startTicks: candidate.startTicks, name: name)
            }
            parent = candidate.parent
        }
        return nil
    }
}

/// What /proc says of processes.
struct ProcessFiles {
    let root: String

    struct Facts: Equatable {
        var parent: Int32
        /// Field 22, clock ticks since boot.
        var startTicks: UInt64
        /// The executable's file name; for a process of somebody else the name that the system keeps, which
        /// is cut at 15 bytes.
        var name: String
    }

    func process(_ number: Int32) -> Facts? {
        guard let status = contents(of: "\(root)/\(number)/stat"), var facts = Self.parse(status) else {
            return nil
        }
        if let path = target(of: "\(root)/\(number)/exe"), let name = Self.fileName(path) {
            facts.name = name
        }
        return facts
    }

    /// Reads `PID (NAME) STATE PPID …`.
    ///
    /// The name may hold spaces and parentheses, so it ends at the last one.
    /// Source: proc(5).
    static func parse(_ status: [UInt8]) -> Facts? {
        guard let open = status.firstIndex(of: UInt8(ascii: "(")),
            let close = status.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        let fields = status[(close + 1)...].split(separator: UInt8(ascii: " "))
        // The first field behind the name is number 3.
        guard fields.count > 19, let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
            let startTicks = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        return Facts(
            parent: parent, startTicks: startTicks,
            name: String(decoding: status[(open + 1)..<close], as: UTF8.self))
    }

    /// The last part of a path, without what the system adds when the file was replaced while it ran.
    static func fileName(_ path: [UInt8]) -> String? {
        var text = path[...]
        let mark = Array(" (deleted)".utf8)
        if text.count > mark.count, text.suffix(mark.count).elementsEqual(mark) {
            text = text.dropLast(mark.count)
        }
        guard let name = text.split(separator: UInt8(ascii: "/")).last else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // stat is one line of some 52 numbers.
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private func target(of path: String) -> [UInt8]? {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &bytes, bytes.count)
        return count > 0 ? bytes.prefix(count).map(UInt8.init(bitPattern:)) : nil
    }
}
