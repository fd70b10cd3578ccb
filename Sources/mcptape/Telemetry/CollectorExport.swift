import Exporters
import Glibc
import HTTPTransport
import Platform
import Recording
import Store

/// Sends telemetry to a collector: a queue and a connection for each signal.
///
/// Used by one thread, which waits while a collector does not keep up: what is sent comes from a recording,
/// so it can wait.
final class CollectorExport {
    /// What one signal's queue needs to send.
    private final class Lane {
        let signal: OTLPSignal
        let endpoint: OTLPEndpoint
        let upstream: UpstreamURL
        let poster: HTTPPoster
        var queue: OTLPExportQueue
        /// The newest resources that items name.
        var resources: [OTLPResource] = []
        /// Warnings of the collector that were said.
        var warnings: Set<String> = []
        /// Why the newest request was not taken, as far as it was said.
        var saidTrouble: String?
        var saidDropped = 0
        /// What the meter knows.
        var metered = OTLPExportQueue.Counts()

        init(
            _ signal: OTLPSignal, _ endpoint: OTLPEndpoint, _ limits: OTLPExportQueue.Limits, seed: UInt64
        ) throws(HTTPFailure) {
            self.signal = signal
            self.endpoint = endpoint
            upstream = try UpstreamURL(endpoint.url)
            let trust = endpoint.certificate.map { UpstreamTrust.authorities(file: $0) } ?? .system
            var headers: [(name: String, value: String)] = endpoint.headers.map { ($0.name, $0.value) }
            headers.append(("Content-Type", endpoint.encoding.contentType))
            let version = Mcptape.version
            headers.append(("User-Agent", "mcptape/\(version) OTel-OTLP-Exporter-Swift/\(version)"))
            let identity = endpoint.client.map { ClientIdentity(certificate: $0.file, key: $0.key) }
            poster = try HTTPPoster(upstream, trust: trust, identity: identity, headers: headers)
            queue = OTLPExportQueue(limits, seed: seed)
        }

        func number(of resource: OTLPResource) -> Int {
            if let last = resources.indices.last, resources[last] == resource { return last }
            resources.append(resource)
            return resources.count - 1
        }
    }

    let settings: OTLPSettings
    private let lanes: [Lane]
    private let system: SystemCalls
    private let say: (String) -> Void
    private let saysTrouble: Bool
    private let meter: ExportMeter?
    /// Whether to give up waiting.
    private let isOver: @Sendable () -> Bool

    /// Nothing is connected yet.
    ///
    /// - Parameters:
    ///   - say: takes what a person should know, a line each.
    ///   - saysTrouble: says too when a collector takes nothing, and when it does again.
    ///   - meter: counts what becomes of everything.
    ///   - isOver: asked while it waits.
    init(
        _ settings: OTLPSettings, system: SystemCalls, say: @escaping (String) -> Void,
        saysTrouble: Bool = false, meter: ExportMeter? = nil,
        isOver: @escaping @Sendable () -> Bool = { false }
    ) throws {
        self.settings = settings
        self.system = system
        self.say = say
        self.saysTrouble = saysTrouble
        self.meter = meter
        self.isOver = isOver
        do throws(HTTPFailure) {
            var lanes: [Lane] = []
            for (signal, endpoint) in settings.endpoints.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let seed = UInt64(bitPattern: system.realtime()) ^ UInt64(getpid())
                lanes.append(try Lane(signal, endpoint, settings.queue, seed: seed))
            }
            self.lanes = lanes
        } catch {
            throw error.asFailure
        }
    }

    /// Log records are exported.
    var takesRecords: Bool { settings.endpoints[.logs] != nil }

    /// What became of each signal.
    var counts: [(signal: OTLPSignal, counts: OTLPExportQueue.Counts)] {
        lanes.map { ($0.signal, $0.queue.counts) }
    }

    /// Why something is not with the collector, in a phrase; nil when everything is.
    var trouble: String? {
        for lane in lanes {
            if let trouble = lane.queue.trouble { return "\(lane.endpoint.url): \(trouble)" }
        }
        return nil
    }

    /// Items wait, or are on their way.
    var isEmpty: Bool { lanes.allSatisfy { $0.queue.count == 0 } }

    /// Takes an item in; waits while there is no room.
    func add(_ item: TelemetryItem, of resource: OTLPResource) {
        guard let lane = lanes.first(where: { $0.signal == item.signal }) else { return }
        let bytes = item.encoded(as: lane.endpoint.encoding)
        while !lane.queue.hasRoom, !isOver() { advance(lanes) }
        lane.queue.add(
            OTLPExportQueue.Item(
                resource: lane.number(of: resource), bytes: bytes, weight: item.weight),
            now: system.boottime())
        if lane.queue.count >= lane.queue.limits.batch { _ = advance(lane) }
        // What waits is told when it is sent: that is often enough.
        if lane.queue.counts != lane.metered { count(lane) }
    }

    /// Sends everything that waits, or gives it up as the limits say. False when it was told to stop before.
    @discardableResult
    func drain() -> Bool {
        while true {
            let full = lanes.filter { $0.queue.count > 0 }
            if full.isEmpty { break }
            if isOver() { return false }
            for lane in full { lane.queue.flush() }
            advance(full)
        }
        for lane in lanes { lane.resources = [] }
        return true
    }

    /// Forgets what waits, without counting it: it is exported another time.
    func forget() {
        for lane in lanes {
            lane.queue.forget()
            lane.resources = []
            count(lane)
        }
    }

    /// Forgets what waits: it is counted as dropped.
    func abandon() { for lane in lanes { abandon(lane) } }

    private func abandon(_ lane: Lane) {
        lane.queue.abandon()
        count(lane)
    }

    private func count(_ lane: Lane) {
        let counts = lane.queue.counts
        meter?.add(lane.signal, from: lane.metered, to: counts, waiting: lane.queue.count)
        lane.metered = counts
    }

    /// Lets each of `lanes` do what it can; waits a little where that is nothing. One that fails keeps
    /// its own lane waiting, and not the others.
    private func advance(_ lanes: [Lane]) {
        let untils = lanes.compactMap { isOver() ? nil : advance($0) }
        guard untils.count == lanes.count, let until = untils.min() else { return }
        // In short pieces, so that being told to stop is noticed.
        let pause = min(max(until - system.boottime(), 1_000_000), 50_000_000)
        var none = pollfd()
        _ = system.poll(&none, 0, Int32(pause / 1_000_000))
    }

    /// Sends what is to be sent now; nil when something was, else until when nothing will be.
    private func advance(_ lane: Lane) -> Int64? {
        let now = system.boottime()
        switch lane.queue.step(now: now) {
        case .idle: return .max
        case .wait(let until): return until
        case .send(let items):
            count(lane)
            let outcome = post(items, lane)
            let ended = system.boottime()
            meter?.observe(lane.signal, ended - now)
            lane.queue.finished(outcome, now: ended)
            count(lane)
            if case .accepted(_, let warning) = outcome, !warning.isEmpty, lane.warnings.count < 16,
                lane.warnings.insert(warning).inserted
            {
                say("the collector says of \(lane.signal.rawValue): \(warning)")
            }
            if saysTrouble { sayTrouble(lane) }
            return nil
        }
    }

    /// Each change once: a collector that is down for hours is two lines.
    private func sayTrouble(_ lane: Lane) {
        let trouble = lane.queue.trouble
        let dropped = lane.queue.counts.dropped
        if trouble != lane.saidTrouble {
            let what =
                trouble.map { "takes no \(lane.signal.rawValue): \($0)" } ?? "takes \(lane.signal.rawValue)"
            say("the collector at \(lane.upstream.authority) \(what)\(trouble == nil ? " again" : "")")
        }
        if dropped > lane.saidDropped, trouble != lane.saidTrouble {
            say("\(dropped - lane.saidDropped) \(lane.signal.rawValue) were refused and are not sent again")
        }
        (lane.saidTrouble, lane.saidDropped) = (trouble, dropped)
    }

    private func post(_ items: [OTLPExportQueue.Item], _ lane: Lane) -> OTLPOutcome {
        var parts: [(resource: OTLPResource, items: ArraySlice<[UInt8]>)] = []
        let encoded = items.map(\.bytes)
        var start = 0
        while start < items.count {
            let end = items[start...].firstIndex { $0.resource != items[start].resource } ?? items.count
            parts.append((lane.resources[items[start].resource], encoded[start..<end]))
            start = end
        }
        var body = lane.endpoint.encoding.request(lane.signal, parts, scope: TelemetryResource.scope)
        var headers: [(name: String, value: String)] = []
        if lane.endpoint.isCompressed, let writer = try? GzipWriter() {
            body = writer.push(body[...]) + writer.finish()
            headers.append(("Content-Encoding", "gzip"))
        }
        let outcome = lane.poster.post(
            body, headers: headers, within: .nanoseconds(lane.endpoint.timeout), unless: isOver)
        switch outcome {
        case .answer(let answer):
            return OTLPOutcome(
                status: answer.status, contentType: answer.contentType, retryAfter: answer.retryAfter,
                body: answer.body[...], now: system.realtime())
        case .unreachable(let text), .brokenOff(let text): return .retryable(after: nil, reason: text)
        }
    }
}

extension CollectorExport {
    /// Sends sessions whole, each item that `includes` wants. A signal of which nothing is taken is given up;
    /// once all are, the rest is not read.
    func push(
        _ sessions: [SessionSummary], of source: any RecordingSource,
        including includes: (SessionSummary, TelemetryItem) -> Bool
    ) throws {
        for summary in sessions {
            let resource = TelemetryResource.of(summary.description, settings)
            let telemetry = SessionTelemetry(
                summary, of: source, settings.trace, withRecords: takesRecords)
            try telemetry.readAll { item in
                if includes(summary, item), !isHopeless(item.signal) { add(item, of: resource) }
            }
            if lanes.allSatisfy({ isHopeless($0.signal) }) { break }
        }
        // What a hopeless signal has waiting would fare no better, and may keep nothing else waiting.
        for lane in lanes where isHopeless(lane.signal) { abandon(lane) }
        drain()
    }

    /// Something of the signal was dropped, and nothing of it was ever taken.
    private func isHopeless(_ signal: OTLPSignal) -> Bool {
        counts.contains { $0.signal == signal && $0.counts.dropped > 0 && $0.counts.sent == 0 }
    }

    /// Says what became of everything, and throws 69 when a part of it is not with the collector.
    func conclude(_ say: (String) -> Void) throws(Failure) {
        for (signal, counts) in counts where counts != OTLPExportQueue.Counts() {
            var line = "\(signal.rawValue): \(counts.sent) sent"
            if counts.rejected > 0 { line += ", \(counts.rejected) rejected by the collector" }
            if counts.dropped > 0 { line += ", \(counts.dropped) not sent" }
            if counts.retries > 0 { line += ", \(counts.retries) retries" }
            say(line)
        }
        if counts.allSatisfy({ $0.counts == OTLPExportQueue.Counts() }) {
            say(
                lanes.isEmpty
                    ? "nothing was sent: the environment (OTEL_…_EXPORTER) exports no signal; "
                        + "--otlp-signal names one"
                    : "nothing was sent: there is nothing of these signals in it, or the client's traces are "
                        + "not to be kept")
        }
        guard counts.contains(where: { $0.counts.dropped > 0 }) else { return }
        throw Failure(
            Failure.unavailable, "not exported to the collector: \(trouble ?? "it took only a part")",
            hint: "start the collector, or say another --otlp URL; exporting again sends the same ids")
    }
}
