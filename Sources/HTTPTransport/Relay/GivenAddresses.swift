internal import NIOCore
internal import NIOPosix

/// Resolves names by a function instead of by the system.
struct GivenAddresses: Resolver {
    let loop: any EventLoop
    let addresses: @Sendable (_ name: String) -> [String]

    init(loop: any EventLoop, of addresses: @escaping @Sendable (_ name: String) -> [String]) {
        self.loop = loop
        self.addresses = addresses
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeCompletedFuture {
            try addresses(host).map { try SocketAddress(ipAddress: $0, port: port) }
        }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture([])
    }

    func cancelQueries() {}
}
