internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What went wrong with a connection, in words.
enum ConnectionTrouble {
    /// What we ended ourselves.
    enum OurOwn: Error {
        case timedOut
        /// The certificate is for somebody else.
        case wrongName
    }

    static func isReset(_ error: (any Error)?) -> Bool {
        (error as? IOError).map { $0.errnoCode == ECONNRESET || $0.errnoCode == EPIPE } ?? false
    }

    /// One phrase.
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOSSLExtraError:
            error == .failedToValidateHostname ? "its certificate is for another name" : "\(error)"
        case let error as NIOSSLError: text(error)
        case is ChannelError: "the connection was closed"
        default: "\(error)"
        }
    }

    /// Why there is no connection to `upstream`.
    static func text(_ error: (any Error)?, connectingTo upstream: UpstreamURL) -> String {
        let place = upstream.authority
        guard let error else { return "\(place) closed the connection before it was ready" }
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first {
                return "cannot connect to \(place): \(text(first.error))"
            }
            return "\(upstream.host) has no address"
        }
        if case .wrongName? = error as? OurOwn {
            return "no TLS with \(place): its certificate is for another name"
        }
        if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError {
            return "no TLS with \(place): \(text(error))"
        }
        return "cannot connect to \(place): \(text(error))"
    }

    private static func text(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(let cause): handshake("\(cause)")
        case .unableToValidateCertificate: "its certificate is not trusted"
        case .uncleanShutdown: "it ended without saying so"
        default: "\(error)"
        }
    }

    /// What OpenSSL's words for a failed handshake mean, where that is known.
    private static func handshake(_ cause: String) -> String {
        if cause.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate has expired, or its authority is unknown here"
        }
        if cause.contains("WRONG_VERSION_NUMBER") || cause.contains("HTTP_REQUEST") {
            return "what answers there speaks no TLS"
        }
        return "the handshake failed (\(cause))"
    }
}
