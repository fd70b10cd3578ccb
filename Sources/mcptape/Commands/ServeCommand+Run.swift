import Exporters
import Glibc
import HTTPTransport
import Journal
import Platform
import Store
import Viewer
import Wire

extension ServeCommand {
    /// What is tried first, and how many after it when that is another program's.
    private static let standardPort = 6827
    private static let triedPorts = 20
    /// Questions that may wait: more than a browser and some scrapers have at one time.
    private static let questionLimit = 64
    /// What a collector has at the end: what it does not take is in the store, for the next server.
    private static let exportMilliseconds: Int64 = 1000

    func run() throws {
        // Before any thread exists: they all inherit that these wait for us.
        ProxySignals.hold()
        ProxySignals.raiseDescriptorLimit()
        let system = SystemCalls()
        let address: ListenAddress?
        do { address = try self.address() } catch { throw error.asFailure }
        let telemetry = try collector.settings(try global.configuration())
        let location = try global.location()
        let log = Log.commandLine
        do throws(StoreFailure) {
            // An operator starts it before anything was recorded.
            _ = try Store.open(location.path, access: .write, system: system)
        } catch {
            throw Failure.explaining(error)
        }
        let post: ServePost
        switch try ServePost.claim(store: location.path, system: system) {
        case .others(let entry): return tell(entry, log)
        case .ours(let claimed): post = claimed
        }
        defer { post.leave() }
        try serve(location, at: address, telemetry, post, log, system)
    }

    /// Our own server for that store is there already.
    private func tell(_ entry: ServePost.Entry, _ log: Log) {
        let terminal = global.terminal()
        terminal.line(entry.urlWithToken)
        terminal.flush()
        let ignored = [
            ("--listen", listen != nil), ("--port-file", portFile != nil),
            ("--allow-host", !allowHost.isEmpty),
            ("--allow-remote", allowRemote), ("--metrics-textfile", textfile.path != nil),
            ("--otlp", collector.isGiven),
        ].filter(\.1).map(\.0)
        let rest = ignored.isEmpty ? "" : "; \(ignored.joined(separator: ", ")) changed nothing"
        log.say(.info, "process \(entry.processID) serves this store already\(rest)")
    }

    private func serve(
        _ location: StoreLocation, at address: ListenAddress?, _ telemetry: OTLPSettings, _ post: ServePost,
        _ log: Log, _ system: SystemCalls
    ) throws {
        Recovery.takeIn(
            store: location.path, retention: location.retention, system: system, announcing: true)
        let token = (0..<2).map { _ in Self.hexadecimal(UInt64.random(in: .min ... .max)) }.joined()
        // A question about a long session takes a while, and no scrape is to wait for that.
        let questions: QueryThread<ServedStore>
        let scrapes: QueryThread<ServedStore>
        let upkeep: QueryThread<ServeUpkeep>
        do throws(JournalFailure) {
            questions = try QueryThread("mcptape-serve", limit: Self.questionLimit) {
                ServedStore(location, system: system)
            }
            scrapes = try QueryThread("mcptape-scrape", limit: Self.questionLimit) {
                ServedStore(location, system: system)
            }
            upkeep = try QueryThread(
                "mcptape-upkeep", limit: 1,
                chore: .init(interval: ServeUpkeep.interval, isPeriodic: true) { $0.look() }
            ) { ServeUpkeep(location, log: log, system: system) }
        } catch {
            throw Failure(Failure.internal, error.message)
        }
        let reporter = textfile.path.map {
            TextfileReporter(
                $0, store: location.path, isOwn: false, isPeriodic: true, log: log, system: system)
        }
        let listener = try listener(at: address, token: token, questions, scrapes)
        let exporter = try PeriodicWorker.exporting(location.path, telemetry, log: log, system: system)
        try announce(
            ServePost.Entry(processID: getpid(), url: Self.url(of: listener.address), token: token),
            listener.address, post, location, log)
        // SIGHUP asks a listener to read its settings again: there are none.
        while ProxySignals.next(within: nil) != .end {}
        listener.close()
        exporter?.end(within: Self.exportMilliseconds, system: system)
        reporter?.finish()
        upkeep.close()
        scrapes.close()
        questions.close()
        log.say(.info, "ended", event: .stopped)
    }

    private func listener(
        at address: ListenAddress?, token: String, _ questions: QueryThread<ServedStore>,
        _ scrapes: QueryThread<ServedStore>
    ) throws -> OwnListener {
        var policy = OwnPolicy()
        policy.allowedHosts = Set(allowHost.map { $0.lowercased() })
        policy.token = Array(token.utf8)
        let site = ViewerSite(version: Mcptape.version, compress: { Gzip.compressed($0) })
        policy.openPaths = site.openPaths
        let handler: OwnHandler = { asked, respond in
            let request = PageRequest(asked)
            if let answer = site.immediate(request) { return respond(OwnResponse(answer)) }
            let thread = request.path == "/metrics" ? scrapes : questions
            let isTaken = thread.submit { store in
                store.answer(while: asked.isWanted) {
                    respond(OwnResponse(site.answer(request, about: store)))
                }
            }
            if !isTaken { respond(OwnResponse(503, "too many questions at one time")) }
        }
        do throws(HTTPFailure) {
            if let address {
                return try OwnListener(address, policy: policy, handler: handler)
            }
            var failure: HTTPFailure?
            for port in Self.standardPort..<Self.standardPort + Self.triedPorts {
                do throws(HTTPFailure) {
                    return try OwnListener(
                        .tcp(host: "127.0.0.1", port: port), policy: policy, handler: handler)
                } catch {
                    failure = failure ?? error
                }
            }
            throw failure ?? HTTPFailure(.listen, "no port is free")
        } catch {
            throw error.asFailure
        }
    }

    private func announce(
        _ entry: ServePost.Entry, _ address: ListenAddress, _ post: ServePost, _ location: StoreLocation,
        _ log: Log
    ) throws {
        if let portFile, case .tcp(_, let port) = address { try AtomicText.write("\(port)\n", to: portFile) }
        try post.publish(entry)
        let terminal = global.terminal()
        terminal.line(entry.urlWithToken)
        terminal.flush()
        log.say(.info, "serves \(location.path); metrics at \(entry.url)metrics", event: .listening) {
            $0.member("listen", address.description)
            $0.member("store", location.path)
        }
    }

    /// Where a browser of this machine goes.
    private static func url(of address: ListenAddress) -> String {
        switch address {
        case .unix: return "\(address) /"
        case .tcp(let host, let port):
            let reachable = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
            return "http://\(ListenAddress.tcp(host: reachable, port: port))/"
        }
    }

    /// Wrong words are told before anything else is.
    func address() throws(HTTPFailure) -> ListenAddress? {
        guard let listen else { return nil }
        let address = try ListenAddress(listen)
        try ListenerPolicy.check(address, allowsRemote: allowRemote, proofs: [.token])
        return address
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
