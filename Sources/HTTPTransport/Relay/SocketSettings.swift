internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What every relayed connection is set to, on both sides.
enum SocketSettings {
    /// A peer that vanished without a word is found out after a minute and five probes. Streams may be silent
    /// for hours, so without this a connection to a machine that is gone would stay for ever.
    private static let idleSeconds: SocketOptionValue = 60
    private static let probeSeconds: SocketOptionValue = 15
    private static let probes: SocketOptionValue = 5
    #if canImport(Glibc)
        private static let idleName = TCP_KEEPIDLE
    #else
        private static let idleName = TCP_KEEPALIVE
    #endif

    static func apply(to channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(
            .writeBufferWaterMark, value: .init(low: RelayLimits.writeLow, high: RelayLimits.writeHigh))
        try options.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(
                minimum: RelayLimits.firstReadSize, initial: RelayLimits.firstReadSize,
                maximum: RelayLimits.readSize))
        // A Unix socket has no such settings.
        guard channel.localAddress?.protocol != .unix else { return }
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        for (name, value) in [
            (idleName, idleSeconds), (TCP_KEEPINTVL, probeSeconds), (TCP_KEEPCNT, probes),
        ] {
            try options.setOption(.tcpOption(.init(rawValue: CInt(name))), value: value)
        }
    }
}
