internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Asks a server what it is: how its name resolves, whether TLS holds, which transport and era answer, and
/// whether it wants authorization.
///
/// It calls no tool and follows no redirect. Each question has a connection of its own.
public struct UpstreamProbe: Sendable {
    private let upstream: UpstreamURL
    private let trust: UpstreamTrust
    private let headers: [InjectedHeader]
    private let limit: Duration

    /// For one question, at most; all of them together take at most `limit`.
    private static let questionLimit: Duration = .seconds(10)

    /// - Parameters:
    ///   - headers: sent with every question to the server itself.
    ///   - limit: how long all of it may take.
    public init(
        _ upstream: UpstreamURL, trust: UpstreamTrust, headers: [InjectedHeader] = [],
        limit: Duration = .seconds(30)
    ) {
        self.upstream = upstream
        self.trust = trust
        self.headers = headers
        self.limit = limit
    }

    /// Asks, and waits for the answers. Throws when a file cannot be read, before anything is asked.
    public func report() throws(HTTPFailure) -> UpstreamReport {
        let tls = upstream.isSecure ? try TLSContexts.upstream(trust) : nil
        var fields: [(name: String, value: String)] = []
        for header in headers { fields.append((header.name, try header.current())) }
        PipeSignal.settle()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        var report = UpstreamReport(url: upstream.origin + upstream.path.prefix { $0 != "?" })
        report.sentHeaders = !fields.isEmpty
        let asking = Asking(
            upstream: upstream, verifies: trust != .none, tls: tls, fields: fields, loop: group.next(),
            end: .now() + TimeAmount(limit), questionLimit: min(limit, Self.questionLimit))
        asking.resolve(&report)
        if report.failure == nil { asking.askAll(&report) }
        return report
    }

    /// The questions of one report.
    private struct Asking {
        let upstream: UpstreamURL
        let verifies: Bool
        let tls: NIOSSLContext?
        let fields: [(name: String, value: String)]
        let loop: any EventLoop
        let end: NIODeadline
        let questionLimit: Duration

        /// At most this long, for what comes next.
        var rest: TimeAmount { min(TimeAmount(questionLimit), end - .now()) }

        func resolve(_ report: inout UpstreamReport) {
            if UpstreamConnector.isAddress(upstream.host) { return }
            let host = upstream.host
            let found = loop.makePromise(of: Result<[String], UpstreamReport.Failure>.self)
            let isOver = NIOLockedValueBox(false)
            let tell: @Sendable (Result<[String], UpstreamReport.Failure>) -> Void = { result in
                isOver.withLockedValue { isOver in
                    if !isOver { found.succeed(result) }
                    isOver = true
                }
            }
            // The resolver cannot be stopped: its thread is left behind when it takes too long.
            NIOThreadPool.singleton.submit { _ in tell(HostAddresses.of(host)) }
            loop.scheduleTask(in: rest) {
                tell(.failure(.init(step: .resolve, text: "the name \(host) was not resolved in time")))
            }
            switch try? found.futureResult.wait() {
            case .success(let addresses)?: report.addresses = addresses
            case .failure(let failure)?: report.failure = failure
            case nil: break
            }
        }

        func askAll(_ report: inout UpstreamReport) {
            for question in [UpstreamReport.Question.discover, .initialize, .events] {
                // The stream of HTTP+SSE is for those who answer no POST.
                if question == .events, report.speaker != nil { return }
                guard let answer = ask(.question(question, of: upstream, fields), &report) else { return }
                report.answers.append(
                    .init(question: question, status: answer.status, finding: answer.finding(for: question)))
                if let session = answer.value("mcp-session-id") {
                    var ignored = report
                    _ = ask(.goodbye(session: session, of: upstream, fields), &ignored)
                }
                if answer.isRefusal { return lookForAuthorization(answer, &report) }
            }
        }

        /// Where a client would begin OAuth. Only the server's own origin is asked.
        /// Source: MCP 2025-11-25, basic/authorization (protected resource metadata discovery).
        private func lookForAuthorization(_ answer: ProbeAnswer, _ report: inout UpstreamReport) {
            var found = UpstreamReport.Authorization(
                status: answer.status, challenge: answer.value("www-authenticate") ?? "")
            defer { report.authorization = found }
            let challenge = Array(found.challenge.utf8)
            let stated = ChallengeParameters.values(of: "resource_metadata", in: challenge[...]).first
            let wellKnown = "/.well-known/oauth-protected-resource"
            let path = upstream.path.prefix { $0 != "?" }
            var targets = path.isEmpty || path == "/" ? [wellKnown] : [wellKnown + path, wellKnown]
            if let stated {
                let url = String(decoding: challenge[stated], as: UTF8.self)
                found.metadata = url
                guard let own = upstream.path(ofOwn: url) else { return }
                targets = [String(decoding: own, as: UTF8.self)]
            }
            for target in targets {
                var ignored = report
                guard let document = ask(.metadata(target, of: upstream), &ignored) else { return }
                if document.read(into: &found) {
                    found.metadata = upstream.origin + target
                    return
                }
            }
        }

        /// The answer to one question; nil when there is none, and the report says why.
        private func ask(_ request: ProbeRequest, _ report: inout UpstreamReport) -> ProbeAnswer? {
            let (loop, tls, verifies, upstream, rest) = (loop, tls, verifies, upstream, rest)
            let outcome = try? loop.flatSubmit { () -> EventLoopFuture<ProbeOutcome> in
                let promise = loop.makePromise(of: ProbeOutcome.self)
                let handler = ProbeHandler(request, to: upstream, isVerified: verifies, promise)
                let connector = UpstreamConnector(loop: loop, tls: tls, verifies: verifies)
                let clock = loop.assumeIsolated().scheduleTask(in: rest) {
                    handler.stop(ConnectionTrouble.OurOwn.timedOut)
                }
                connector.connect(to: upstream, handler: handler, within: .nanoseconds(rest.nanoseconds))
                    .assumeIsolated().whenComplete { result in
                        guard case .failure(let error) = result else { return }
                        clock.cancel()
                        handler.stop(error)
                    }
                promise.futureResult.assumeIsolated().whenComplete { _ in clock.cancel() }
                return promise.futureResult
            }.wait()
            switch outcome {
            case .answer(let answer, let tls)?:
                report.tls = tls
                return answer
            case .failure(let failure)?: report.failure = failure
            case nil: break
            }
            return nil
        }
    }
}
