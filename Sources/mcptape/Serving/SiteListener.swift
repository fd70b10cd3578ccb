import Glibc
import HTTPTransport
import Journal
import Platform
import Viewer

/// What answers on threads of its own, about recordings of one kind.
protocol AnsweringRecordings: ServedRecordings, SendableMetatype {
    /// Answers a question, unless its asker has gone meanwhile.
    func answer(while isWanted: @escaping @Sendable () -> Bool, _ question: () -> Void)
}

/// The viewer's page, its API and metrics on one address.
struct SiteListener {
    let listener: OwnListener
    let token: String
    /// When something was last asked for, on the boot-time clock in nanoseconds.
    private let lastAsked: Guarded<Int64>
    private let system: SystemCalls

    /// What is tried first, and how many after it when that is another program's; then any.
    private static let standardPort = 6827
    private static let triedPorts = 20
    /// Questions that may wait: more than a browser and some scrapers have at one time.
    static let questionLimit = 64

    /// Begins to answer.
    ///
    /// - Parameters:
    ///   - address: nil for the standard port of 127.0.0.1, or the next free one.
    ///   - slow: from how long on an exchange is slow. Nanoseconds.
    ///   - searches: the thread that answers what takes a while: no page of a list is to wait for that.
    ///   - removals: the thread that deletes, for the same reason: it is seconds for a large session.
    ///   - scrapes: the thread that answers `/metrics`, for the same reason.
    init(
        at address: ListenAddress?, allowing hosts: [String], slow: Int64,
        _ questions: QueryThread<some AnsweringRecordings>,
        _ searches: QueryThread<some AnsweringRecordings>,
        _ removals: QueryThread<some AnsweringRecordings>,
        _ scrapes: QueryThread<some AnsweringRecordings>, system: SystemCalls
    ) throws {
        token = (0..<2).map { _ in Self.hexadecimal(UInt64.random(in: .min ... .max)) }.joined()
        self.system = system
        let asked = Guarded(system.boottime())
        lastAsked = asked
        var policy = OwnPolicy()
        policy.allowedHosts = Set(hosts.map { $0.lowercased() })
        policy.token = Array(token.utf8)
        let site = ViewerSite(version: Mcptape.version, slow: slow, compress: { Gzip.compressed($0) })
        policy.openPaths = site.openPaths
        policy.mayDelete = { ViewerSite.names(sessionAt: $0) }
        let handler: OwnHandler = { request, respond in
            asked.with { $0 = system.boottime() }
            let page = PageRequest(request)
            if let answer = site.immediate(page) { return respond(OwnResponse(answer)) }
            let isTaken =
                switch site.effort(for: page) {
                case .scrape: Self.submit(request, page, site, to: scrapes, respond)
                case .short: Self.submit(request, page, site, to: questions, respond)
                case .long: Self.submit(request, page, site, to: searches, respond)
                case .removal: Self.submit(request, page, site, to: removals, respond)
                }
            if !isTaken { respond(OwnResponse(503, "too many questions at one time")) }
        }
        listener = try Self.listener(at: address, policy, handler)
    }

    private static func submit(
        _ request: OwnRequest, _ page: PageRequest, _ site: ViewerSite,
        to thread: QueryThread<some AnsweringRecordings>,
        _ respond: @escaping @Sendable (OwnResponse) -> Void
    ) -> Bool {
        thread.submit { recordings in
            let recordings = recordings
            recordings.answer(while: request.isWanted) {
                respond(OwnResponse(site.answer(page, about: recordings)))
            }
        }
    }

    private static func listener(
        at address: ListenAddress?, _ policy: OwnPolicy, _ handler: @escaping OwnHandler
    ) throws -> OwnListener {
        do throws(HTTPFailure) {
            if let address {
                return try OwnListener(address, policy: policy, handler: handler)
            }
            for port in standardPort..<standardPort + triedPorts {
                do throws(HTTPFailure) {
                    return try OwnListener(
                        .tcp(host: "127.0.0.1", port: port), policy: policy, handler: handler)
                } catch {
                    continue
                }
            }
            // Each file that is open has a server of its own, so all of them may well be taken.
            return try OwnListener(.tcp(host: "127.0.0.1", port: 0), policy: policy, handler: handler)
        } catch {
            throw error.asFailure
        }
    }

    /// Where a browser of this machine goes.
    var url: String {
        switch listener.address {
        case .unix: return "\(listener.address) /"
        case .tcp(let host, let port):
            let reachable = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
            return "http://\(ListenAddress.tcp(host: reachable, port: port))/"
        }
    }

    /// Returns when a signal asks for the end, or when nobody asked for anything for `idle` nanoseconds.
    func wait(idle: Int64?) {
        // SIGHUP asks a listener to read its settings again: there are none.
        guard let idle else {
            while ProxySignals.next(within: nil) != .end {}
            return
        }
        while true {
            let left = lastAsked.with { $0 } + idle - system.boottime()
            if left <= 0 { return }
            if ProxySignals.next(within: Int(left / 1_000_000_000) + 1) == .end { return }
        }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
