internal import NIOSSL

/// What a listener proves itself with, and asks of its clients.
public struct ServerTLS: Sendable, Hashable {
    /// PEM files: the certificate with its chain, and its key.
    public var certificate: String
    public var key: String
    /// PEM file of the authorities that clients' certificates must come from; nil: none is asked for.
    public var clientAuthorities: String?

    public init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// How upstreams are verified.
public enum UpstreamTrust: Sendable, Hashable {
    /// By the authorities of the system.
    case system
    /// By those of a PEM file alone.
    case authorities(file: String)
    /// Not at all: whoever stands in between reads everything. Only ever chosen in so many words.
    case none
}

/// What we prove ourselves with to a server that asks for it: PEM files.
public struct ClientIdentity: Sendable, Hashable {
    /// With its chain.
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

enum TLSContexts {
    static func upstream(
        _ trust: UpstreamTrust, _ identity: ClientIdentity? = nil
    ) throws(HTTPFailure) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let identity {
            configuration.certificateChain = try certificates(identity.certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try privateKey(identity.key))
        }
        configuration.applicationProtocols = ["http/1.1"]
        var file: String?
        switch trust {
        case .system: break
        case .authorities(let path):
            configuration.trustRoots = .certificates(try certificates(path))
            file = path
        case .none: configuration.certificateVerification = .none
        }
        return try context(configuration, file)
    }

    static func server(_ settings: ServerTLS) throws(HTTPFailure) -> NIOSSLContext {
        let chain = try certificates(settings.certificate)
        let key = try privateKey(settings.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = settings.clientAuthorities {
            configuration.trustRoots = .certificates(try certificates(authorities))
            // A client's certificate names a person or a program, not a host.
            configuration.certificateVerification = .noHostnameVerification
        }
        return try context(configuration, settings.certificate)
    }

    private static func privateKey(_ path: String) throws(HTTPFailure) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw HTTPFailure(.file, "\(path) holds no private key in PEM form, or cannot be read")
        }
    }

    private static func certificates(_ path: String) throws(HTTPFailure) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            if !found.isEmpty { return found }
        } catch {}
        throw HTTPFailure(.file, "\(path) holds no certificate in PEM form, or cannot be read")
    }

    private static func context(
        _ configuration: TLSConfiguration, _ file: String?
    ) throws(HTTPFailure) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw HTTPFailure(.file, "\(file ?? "the system's certificates"): \(error)")
        }
    }
}
