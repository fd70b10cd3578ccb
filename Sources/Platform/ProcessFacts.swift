#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the operating system says of this process: what every exporter of Prometheus tells of itself.
///
/// Nil: this system does not say. Source: proc(5), prometheus.io "Writing client libraries", process metrics.
public struct ProcessFacts: Sendable, Equatable {
    /// User and system time, nanoseconds.
    public var processorTime: Int64?
    public var openDescriptors: Int?
    /// The soft limit; nil when there is none.
    public var descriptorLimit: Int?
    public var virtualBytes: Int?
    /// The soft limit; nil when there is none.
    public var virtualLimit: Int?
    public var residentBytes: Int?
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var startTime: Int64?
    public var threads: Int?

    public init() {}

    /// As it is now.
    public static func current(system: SystemCalls = SystemCalls()) -> ProcessFacts {
        var facts = ProcessFacts()
        let ticks = Int64(sysconf(Int32(_SC_CLK_TCK)))
        if let text = text(of: "/proc/self/stat", system), let btime = bootTime(system) {
            facts.read(status: text, ticks: ticks, pageSize: Int(getpagesize()), bootTime: btime)
        }
        if let text = text(of: "/proc/self/limits", system) { facts.read(limits: text) }
        var names: [String] = []
        // One of them is the directory that is being read.
        if system.entries("/proc/self/fd", &names) >= 0 { facts.openDescriptors = max(0, names.count - 1) }
        return facts
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    private static func bootTime(_ system: SystemCalls) -> Int64? {
        text(of: "/proc/stat", system)?.split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Int64($0.dropFirst("btime ".count)) }
    }

    /// Reads `/proc/self/stat`: the fields after the command's name, which may hold anything.
    mutating func read(status: String, ticks: Int64, pageSize: Int, bootTime: Int64) {
        guard let close = status.lastIndex(of: ")"), ticks > 0 else { return }
        let tick = 1_000_000_000 / ticks
        // The first is field 3, the state.
        let fields = status[status.index(after: close)...].split { $0 == " " || $0 == "\n" }
        func field<T: FixedWidthInteger>(_ number: Int, _: T.Type) -> T? {
            fields.indices.contains(number - 3) ? T(fields[number - 3]) : nil
        }
        if let user = field(14, Int64.self), let own = field(15, Int64.self) {
            processorTime = (user + own) * tick
        }
        threads = field(20, Int.self)
        startTime = field(22, Int64.self).map { bootTime * 1_000_000_000 + $0 * tick }
        virtualBytes = field(23, Int.self)
        residentBytes = field(24, Int.self).map { $0 * pageSize }
    }

    /// Reads `/proc/self/limits`.
    mutating func read(limits: String) {
        for line in limits.split(separator: "\n") {
            for (name, path) in [
                ("Max open files", \ProcessFacts.descriptorLimit),
                ("Max address space", \ProcessFacts.virtualLimit),
            ] where line.hasPrefix(name + " ") {
                self[keyPath: path] = Int(line.dropFirst(name.count).drop { $0 == " " }.prefix { $0 != " " })
            }
        }
    }

    /// The text of a file of `/proc`, which has no size that can be asked for.
    private static func text(of path: String, _ system: SystemCalls) -> String? {
        let opened = system.open(path, O_RDONLY, 0)
        guard opened >= 0 else { return nil }
        defer { _ = system.close(Int32(opened)) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while text.count < sizeLimit {
            let count = piece.withUnsafeMutableBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return system.read(Int32(opened), base, buffer.count)
            }
            if count == -Int(EINTR) { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `/proc/stat` has a line for each processor and one with a number for each interrupt.
    private static let sizeLimit = 1 << 20
}
