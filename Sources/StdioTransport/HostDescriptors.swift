internal import CSystemCalls

/// The three descriptors on which the host speaks to us, as we were given them.
///
/// They are shared with processes that we do not know, so they are never reopened and never set O_NONBLOCK:
/// reopening fails on sockets and restarts a regular file, and the flag would be everybody's.
public struct HostDescriptors: Sendable, Hashable {
    public var input: Int32
    public var output: Int32
    public var error: Int32
    /// Bit n: standard descriptor n was closed when we were started; the server gets none either.
    public var closed: Int32

    /// Other descriptors than the standard ones, for tests.
    public init(input: Int32, output: Int32, error: Int32) {
        self.input = input
        self.output = output
        self.error = error
        closed = 0
    }

    private init(closed: Int32) {
        input = 0
        output = 1
        error = 2
        self.closed = closed
    }

    /// This process's standard descriptors. Call it before anything opens a file: one that is closed is
    /// occupied by the null device, so that no other gets its number.
    public static func standard() -> HostDescriptors {
        HostDescriptors(closed: csystem_occupy_standard_descriptors())
    }

    /// Whether a person types into our standard input: then the server stays in the foreground group, since a
    /// background process that reads a terminal is stopped.
    public var isInputTerminal: Bool { kind(of: input) == .terminal }

    /// Whether output and error are one pipe, socket or file; then the server's are one pipe too, and the
    /// order of what it writes to both is kept. Two that are one terminal stay apart: nobody can tell, and
    /// the recording tells more.
    public var sharesOutput: Bool {
        guard closed & 0b110 == 0, csystem_same_object(output, error) == 1 else { return false }
        switch kind(of: output) {
        case .pipe, .socket, .file: return true
        case .own, .null, .terminal: return false
        }
    }

    func kind(of descriptor: Int32) -> DescriptorKind {
        DescriptorKind(rawValue: csystem_descriptor_kind(descriptor)) ?? .file
    }
}

/// What a descriptor is, as far as reading and writing without waiting differs: `csystem_descriptor_kind`.
enum DescriptorKind: Int32, Sendable, Hashable {
    /// Ours alone, with O_NONBLOCK.
    case own = 0
    case pipe = 1
    case socket = 2
    case null = 3
    case terminal = 4
    case file = 5

    /// Whether writing may wait where poll cannot tell; a thread of the lane writes then.
    var mustWriteBlocking: Bool { self == .terminal || self == .file }
}
