import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection of the test's own, with nothing between it and the bytes. Every wait has a deadline.
/// `@unchecked Sendable`: a test that sends on one thread and receives on another uses two of its halves.
final class RawSocket: @unchecked Sendable {
    let descriptor: Int32
    private var pending: [UInt8] = []
    /// Far beyond what a busy machine takes.
    static let deadline = 20

    /// What ends a wait.
    enum Ending: Error, Equatable {
        case closed
        case reset
        case late
    }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: RawSocket.deadline, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Connects to a port of this machine.
    convenience init(port: Int, receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
        }
        self.init(descriptor)
        var address = RawListener.loopback(port: port)
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard answer == 0 else { throw Ending.closed }
    }

    /// Connects to a Unix socket.
    convenience init(path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.init(descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer == 0 else { throw Ending.closed }
    }

    /// Begins to connect and does not wait for it.
    convenience init(startingOn port: Int, host: UInt32 = RawListener.host) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        self.init(descriptor)
        var address = RawListener.loopback(port: port, host: host)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { _ = Glibc.close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw errno == EAGAIN ? Ending.late : Ending.reset }
            sent += count
        }
    }

    /// Sends until the peer takes no more for now; how many bytes it took.
    func sendWhileTaken(limit: Int) -> Int {
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        var sent = 0
        while sent < limit {
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // Nothing for this long: back pressure.
            guard Glibc.poll(&poll, 1, 500) == 1 else { break }
            let count = chunk.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
                )
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Whether nothing arrives for a moment.
    func isSilent() -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return pending.isEmpty && Glibc.poll(&poll, 1, 100) == 0
    }

    /// The next bytes up to and including `mark`.
    func receive(through mark: String) throws -> String {
        let wanted = Array(mark.utf8)
        while true {
            if let end = firstEnd(of: wanted) {
                let found = pending[..<end]
                pending.removeFirst(end)
                return String(decoding: found, as: UTF8.self)
            }
            try fill()
        }
    }

    private func firstEnd(of wanted: [UInt8]) -> Int? {
        guard pending.count >= wanted.count else { return nil }
        return (0...(pending.count - wanted.count)).first {
            pending[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
        .map { $0 + wanted.count }
    }

    /// Exactly `count` bytes.
    func receive(_ count: Int) throws -> [UInt8] {
        while pending.count < count { try fill() }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// Reads and drops `count` bytes.
    func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            if pending.isEmpty { try fill() }
            let taken = min(left, pending.count)
            pending.removeFirst(taken)
            left -= taken
        }
    }

    /// Everything up to the end, and how it ended.
    func receiveToEnd() -> (text: String, ending: Ending) {
        while true {
            do {
                try fill()
            } catch {
                defer { pending = [] }
                return (String(decoding: pending, as: UTF8.self), error as? Ending ?? .late)
            }
        }
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count == 0 { throw Ending.closed }
        if count < 0 { throw errno == EAGAIN ? Ending.late : Ending.reset }
        pending += chunk[..<count]
    }

    /// Ends with a reset instead of an end.
    func reset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        // The number stays taken until `deinit`.
        let null = open("/dev/null", O_RDONLY)
        dup2(null, descriptor)
        _ = Glibc.close(null)
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// A port of this machine where the test is the server.
final class RawListener {
    let descriptor: Int32
    let port: Int

    /// 127.0.0.1; the addresses after it are this machine's too.
    static let host: UInt32 = 0x7F00_0001

    init(backlog: Int32 = 16, port: Int = 0, host: UInt32 = RawListener.host) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: RawSocket.deadline, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = RawListener.loopback(port: port, host: host)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(descriptor, $0, size) == 0 else { throw RawSocket.Ending.closed }
                _ = getsockname(descriptor, $0, &size)
            }
        }
        guard listen(descriptor, backlog) == 0 else { throw RawSocket.Ending.closed }
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { _ = Glibc.close(descriptor) }

    func accept() throws -> RawSocket {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw RawSocket.Ending.late }
        return RawSocket(accepted)
    }

    /// Whether nobody waits to be accepted.
    var hasNoConnection: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) == 0
    }

    static func loopback(port: Int, host: UInt32 = RawListener.host) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return address
    }
}

/// Waits until `condition` holds, at most until the deadline; whether it does.
@discardableResult
func wait(until condition: () -> Bool) -> Bool {
    func rest() { _ = poll(nil, 0, 1) }
    for _ in 0..<RawSocket.deadline * 1000 {
        if condition() { return true }
        rest()
    }
    return condition()
}
