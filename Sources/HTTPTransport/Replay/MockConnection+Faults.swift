internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What only a connection does whose answers go wrong.
extension MockConnection {
    /// A piece of an answer's body, sent at once.
    func writePlain(_ bytes: ArraySlice<UInt8>) {
        guard let channel else { return }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Does `work` later, on the loop.
    func after(_ time: TimeAmount, _ work: @escaping () -> Void) {
        channel?.eventLoop.assumeIsolated().scheduleTask(in: time, work)
    }

    /// Ends the connection without a word, once it has sent what was written: the client reads a reset.
    func reset() {
        guard let channel else { return }
        channel.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { _ in
            // Source: socket(7), SO_LINGER: with a time of 0 closing is a reset.
            _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            self.close()
        }
    }
}
