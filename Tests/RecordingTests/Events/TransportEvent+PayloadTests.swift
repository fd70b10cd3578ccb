import MCPSemantics
import Recording
import Testing

struct TransportEventPayloadTests {
    private let time = Timestamp(nanoseconds: 42)

    private var gap: Gap {
        var gap = Gap(
            from: Timestamp(nanoseconds: -1), to: Timestamp(nanoseconds: .max), reason: .journalUnavailable)
        gap.clientToServer = 0
        gap.serverToClient = 127
        gap.standardError = 128
        gap.clientToServerLines = 1 << 40
        gap.serverToClientLines = 3
        gap.cutLanes = [.serverToClient, .standardError]
        return gap
    }

    private var failure: StartFailure {
        StartFailure(errno: 2, command: "npx", searchedPath: "/usr/bin:/bin", workingDirectory: "/tmp/é")
    }

    @Test(arguments: [Int32.min, -1, 0, 1, 4_194_304, .max])
    func `carries any process id and exit code`(_ number: Int32) {
        #expect(TransportEvent.started(processID: number, at: time).decodedProcessID == number)
        #expect(TransportEvent.exited(.code(number), at: time).decodedExitStatus == .code(number))
        #expect(TransportEvent.exited(.signal(number), at: time).decodedExitStatus == .signal(number))
    }

    @Test func `carries a start failure`() {
        #expect(TransportEvent.startFailed(failure, at: time).decodedStartFailure == failure)
        var other = failure
        other.searchedPath = nil
        #expect(TransportEvent.startFailed(other, at: time).decodedStartFailure == other)
        other.searchedPath = ""
        #expect(TransportEvent.startFailed(other, at: time).decodedStartFailure == other)
    }

    @Test func `carries a gap`() {
        #expect(TransportEvent.gap(gap, at: time).decodedGap == gap)
        #expect(TransportEvent.gap(gap, at: time).time == time)
    }

    @Test(arguments: [
        SessionEnd.Reason.clientClosed, .serverExited, .signalled, .notStarted, .interrupted, .unknown,
    ])
    func `carries the reason of the end`(_ reason: SessionEnd.Reason) {
        #expect(TransportEvent.ended(reason, at: time).decodedEndReason == reason)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 1_795_000_000_000_000_000, .max])
    func `carries the wall clock`(_ nanoseconds: Int64) {
        #expect(TransportEvent.clockAnchor(realtime: nanoseconds, at: time).decodedRealtime == nanoseconds)
    }

    @Test func `reads a payload only of its own kind`() {
        let event = TransportEvent.started(processID: 7, at: time)
        #expect(event.decodedExitStatus == nil)
        #expect(event.decodedGap == nil)
        #expect(event.decodedRealtime == nil)
    }

    @Test func `takes no damaged payload for a value and never traps`() {
        let events: [TransportEvent] = [
            .started(processID: -1, at: time), .startFailed(failure, at: time),
            .exited(.signal(9), at: time), .gap(gap, at: time), .ended(.interrupted, at: time),
            .clockAnchor(realtime: .min, at: time),
        ]
        for event in events {
            for cut in 0..<event.payload.count {
                var short = event
                short.payload = event.payload.prefix(cut)
                #expect(!decodes(short))
            }
            var longer = event
            longer.payload.append(0xFF)
            #expect(decodes(longer), "a later version may append")
            for byte in [UInt8(0x00), 0x7F, 0x80, 0xFF] {
                for index in event.payload.indices {
                    var changed = event
                    changed.payload[index] = byte
                    _ = decodes(changed)
                }
            }
            var endless = event
            endless.payload = ArraySlice(repeating: 0xFF, count: 64)
            #expect(!decodes(endless))
        }
    }

    private func decodes(_ event: TransportEvent) -> Bool {
        event.decodedProcessID != nil || event.decodedStartFailure != nil || event.decodedExitStatus != nil
            || event.decodedGap != nil || event.decodedEndReason != nil || event.decodedRealtime != nil
    }
}
