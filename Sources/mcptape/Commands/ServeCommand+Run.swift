import Exporters
import Glibc
import HTTPTransport
import Journal
import Platform
import Store
import Viewer
import Wire

extension ServeCommand {
    /// What a collector has at the end: what it does not take is in the store, for the next server.
    private static let exportMilliseconds: Int64 = 1000

    func run() throws {
        // Before any thread exists: they all inherit that these wait for us.
        ProxySignals.hold()
        ProxySignals.raiseDescriptorLimit()
        let system = SystemCalls()
        let address: ListenAddress?
        do { address = try self.address() } catch { throw error.asFailure }
        let log = Log.commandLine
        guard files.isEmpty else { return try serveFiles(at: address, log, system) }
        let telemetry = try collector.settings(try global.configuration())
        let location = try global.location()
        guard try opens(location, system) else {
            return try serveReadOnly(location, at: address, telemetry, log, system)
        }
        let post: ServePost
        switch try claim(location, system) {
        case .others(let entry): return tell(entry, telemetry, log)
        case .ours(let claimed): post = claimed
        }
        defer {
            RedirectFile.removeAll(in: location.path)
            post.leave()
        }
        if background { BackgroundProcess.begin() }
        try serve(location, at: address, telemetry, post, log, system)
    }

    /// The post of the store. One that `open` started before the program was replaced makes room for this
    /// one, so that nobody sees an older page than the program they have.
    private func claim(_ location: StoreLocation, _ system: SystemCalls) throws -> ServePost.Claim {
        let claim = try ServePost.claim(in: location.path, system: system)
        guard background, case .others(let entry) = claim, entry.isOlder else { return claim }
        guard entry.isBackground, ServePost.dismiss(entry, in: location.path) else {
            throw Failure(
                Failure.unavailable, "process \(entry.processID) serves this store, and \(entry.difference)",
                hint: "end it (kill \(entry.processID)), and try again")
        }
        return try ServePost.claim(in: location.path, after: entry, system: system)
    }

    /// Our own server for that store is there already.
    func tell(_ entry: ServePost.Entry, _ telemetry: OTLPSettings, _ log: Log) {
        let terminal = global.terminal()
        terminal.line(entry.urlWithToken)
        terminal.flush()
        // Who started it so wants the address, and nothing else.
        if background { return }
        let ignored = [
            ("--listen", listen != nil), ("--port-file", portFile != nil),
            ("--allow-host", !allowHost.isEmpty),
            ("--allow-remote", allowRemote), ("--exit-on-idle", exitOnIdle != nil),
            ("--metrics-textfile", textfile.path != nil), ("--otlp", collector.isGiven),
            ("the export to a collector", !collector.isGiven && !telemetry.endpoints.isEmpty),
        ].filter(\.1).map(\.0)
        let rest = ignored.isEmpty ? "" : "; \(ignored.joined(separator: ", ")) changed nothing"
        let age = entry.isOurVersion ? "" : ", and \(entry.difference): end it to have this one's page"
        log.say(.info, "process \(entry.processID) serves this store already\(age)\(rest)")
    }

    /// - Parameters:
    ///   - telemetry: nil: nothing is exported.
    ///   - post: nil: the store is read only, and nothing is written there.
    func serve(
        _ location: StoreLocation, at address: ListenAddress?, _ telemetry: OTLPSettings?, _ post: ServePost?,
        _ log: Log, _ system: SystemCalls
    ) throws {
        if post != nil {
            Recovery.takeIn(
                store: location.path, retention: location.retention, system: system, announcing: true)
        }
        let questions: QueryThread<ServedStore>
        let searches: QueryThread<ServedStore>
        let removals: QueryThread<ServedStore>
        let scrapes: QueryThread<ServedStore>
        let endpoints = telemetry?.endpoints ?? [:]
        let meter = endpoints.isEmpty ? nil : ExportMeter(endpoints.keys)
        let upkeep: QueryThread<ServeUpkeep>?
        do throws(JournalFailure) {
            questions = try QueryThread("mcptape-serve", limit: SiteListener.questionLimit) {
                ServedStore(location, system: system)
            }
            searches = try QueryThread("mcptape-search", limit: SiteListener.questionLimit) {
                ServedStore(location, system: system)
            }
            removals = try QueryThread("mcptape-remove", limit: SiteListener.questionLimit) {
                ServedStore(location, system: system)
            }
            scrapes = try QueryThread("mcptape-scrape", limit: SiteListener.questionLimit) {
                ServedStore(location, exports: meter, system: system)
            }
            upkeep =
                post == nil
                ? nil
                : try QueryThread(
                    "mcptape-upkeep", limit: 1,
                    chore: .init(interval: ServeUpkeep.interval, isPeriodic: true) { $0.look() }
                ) { ServeUpkeep(location, log: log, system: system) }
        } catch {
            throw Failure(Failure.internal, error.message)
        }
        // The first page need not wait for it, and that of the first run neither.
        _ = questions.submit { recordings in
            recordings.prepare()
            _ = searches.submit { recordings in recordings.prepare() }
        }
        let reporter = TextfileReporter(
            textfile, store: location.path, isOwn: false, isPeriodic: true, retention: location.retention,
            slow: location.slow, log: log, system: system)
        for warning in telemetry?.warnings ?? [] { log.say(.warning, warning) }
        let site = try SiteListener(
            at: address, allowing: allowHost, slow: location.slow, questions, searches, removals, scrapes,
            system: system)
        let exporter = try exporter(of: location, telemetry, meter, log, system)
        let entry = ServePost.Entry.ours(site, isBackground: background)
        try writePort(of: site)
        try post?.publish(entry)
        announce(entry, site, "serves \(location.path); metrics at \(entry.url)metrics", log) {
            $0.member("store", location.path)
        }
        site.wait(idle: idleLimit)
        site.listener.close()
        exporter?.end(within: Self.exportMilliseconds, system: system)
        reporter?.finish()
        upkeep?.close()
        scrapes.close()
        removals.close()
        searches.close()
        questions.close()
        log.say(.info, "ended", event: .stopped)
    }

    /// What pushes to a collector, where one is configured.
    private func exporter(
        of location: StoreLocation, _ telemetry: OTLPSettings?, _ meter: ExportMeter?, _ log: Log,
        _ system: SystemCalls
    ) throws -> TelemetryWorkers? {
        guard let telemetry, let meter else { return nil }
        return try TelemetryWorkers(
            pushing: ServedStore.telemetry(location, telemetry, meter, system), telemetry, counting: meter,
            log: log, system: system)
    }

    /// Shows files, and touches no store.
    private func serveFiles(at address: ListenAddress?, _ log: Log, _ system: SystemCalls) throws {
        defer { if let scratch { try? ScratchStore.remove(scratch) } }
        // Before the working directory is left.
        let slow = try global.slow(ofFile: true)
        let names = background ? files.map { StoreLocation.absolute($0) } : files
        try ServedFiles.check(names, system: system)
        let questions: QueryThread<ServedFiles>
        do throws(JournalFailure) {
            questions = try QueryThread("mcptape-serve", limit: SiteListener.questionLimit) {
                ServedFiles(names, slow: slow, log: log, system: system)
            }
        } catch {
            throw Failure(Failure.internal, error.message)
        }
        // The first page need not wait for it.
        _ = questions.submit { files in files.prepare() }
        if background { BackgroundProcess.begin() }
        let site = try SiteListener(
            at: address, allowing: allowHost, slow: slow, questions, questions, questions, questions,
            system: system)
        try writePort(of: site)
        let entry = ServePost.Entry.ours(site, isBackground: background, file: names.first)
        // So the next `open` of that file finds it.
        if let scratch, names.count == 1,
            case .ours(let post) = try ServePost.claim(in: scratch, system: system)
        {
            try post.publish(entry)
        }
        announce(entry, site, "serves \(names.joined(separator: ", "))", log) {
            $0.member("files", names.count)
        }
        site.wait(idle: idleLimit)
        site.listener.close()
        questions.close()
        log.say(.info, "ended", event: .stopped)
    }

    private func writePort(of site: SiteListener) throws {
        if let portFile, case .tcp(_, let port) = site.listener.address {
            try AtomicText.write("\(port)\n", to: portFile)
        }
    }

    private func announce(
        _ entry: ServePost.Entry, _ site: SiteListener, _ sentence: String, _ log: Log,
        _ fields: (inout JSONWriter) -> Void
    ) {
        let terminal = global.terminal()
        terminal.line(entry.urlWithToken)
        terminal.flush()
        if background { return BackgroundProcess.detach() }
        log.say(.info, sentence, event: .listening) {
            $0.member("listen", site.listener.address.description)
            fields(&$0)
        }
    }

    /// Wrong words are told before anything else is.
    func address() throws(HTTPFailure) -> ListenAddress? {
        guard let listen else { return nil }
        let address = try ListenAddress(listen)
        try ListenerPolicy.check(address, allowsRemote: allowRemote, proofs: [.token])
        return address
    }
}
