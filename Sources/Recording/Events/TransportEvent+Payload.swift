public import MCPSemantics

/// How events are made, with their payload's encoding.
extension TransportEvent {
    /// Bytes arrived on `lane`.
    public static func bytes(
        _ bytes: ArraySlice<UInt8>, on lane: Lane, stream: StreamID = .stdio, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.bytes, lane: lane, stream: stream, time: time, payload: bytes)
    }

    /// `lane` reached its end.
    public static func laneEnded(
        _ lane: Lane, stream: StreamID = .stdio, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.laneEnded, lane: lane, stream: stream, time: time)
    }

    /// The server process runs.
    public static func started(processID: Int32, at time: Timestamp) -> TransportEvent {
        TransportEvent(.started, time: time) { $0.signed(Int64(processID)) }
    }

    /// The server process could not be started.
    public static func startFailed(_ failure: StartFailure, at time: Timestamp) -> TransportEvent {
        TransportEvent(.startFailed, time: time) {
            $0.signed(Int64(failure.errno))
            $0.text(failure.command)
            $0.unsigned(failure.searchedPath == nil ? 0 : 1)
            $0.text(failure.searchedPath ?? "")
            $0.text(failure.workingDirectory)
        }
    }

    /// The server process ended.
    public static func exited(_ status: ExitStatus, at time: Timestamp) -> TransportEvent {
        TransportEvent(.exited, time: time) {
            switch status {
            case .code(let code):
                $0.unsigned(0)
                $0.signed(Int64(code))
            case .signal(let signal):
                $0.unsigned(1)
                $0.signed(Int64(signal))
            }
        }
    }

    /// The recording lacks a stretch.
    public static func gap(_ gap: Gap, at time: Timestamp) -> TransportEvent {
        TransportEvent(.gap, time: time) { payload in
            payload.signed(gap.from.nanoseconds)
            payload.signed(gap.to.nanoseconds)
            for count in [
                gap.clientToServer, gap.serverToClient, gap.standardError, gap.clientToServerLines,
                gap.serverToClientLines,
            ] {
                payload.unsigned(UInt64(clamping: count))
            }
            payload.unsigned(gap.cutLanes.reduce(0) { $0 | 1 << UInt64($1.rawValue) })
            payload.unsigned(UInt64(gap.reason.rawValue))
        }
    }

    /// The session is over; nothing follows.
    public static func ended(_ reason: SessionEnd.Reason, at time: Timestamp) -> TransportEvent {
        TransportEvent(.ended, time: time) { $0.text(reason.rawValue) }
    }

    /// What the wall clock shows at `time`, in nanoseconds since 1970-01-01T00:00:00Z.
    public static func clockAnchor(realtime nanoseconds: Int64, at time: Timestamp) -> TransportEvent {
        TransportEvent(.clockAnchor, time: time) { $0.signed(nanoseconds) }
    }

    /// The next message of `lane` was changed, held back or made on purpose.
    public static func faulted(
        _ mark: FaultMark, lane: Lane, stream: StreamID = .stdio, at time: Timestamp
    ) -> TransportEvent {
        TransportEvent(.faulted, lane: lane, stream: stream, time: time, payload: mark.encoded[...])
    }

    private init(_ kind: Kind, time: Timestamp, _ write: (inout PayloadWriter) -> Void) {
        var payload = PayloadWriter()
        write(&payload)
        self.init(kind, time: time, payload: payload.bytes[...])
    }
}

/// What a payload says; nil when the event is of another kind or its payload is damaged.
extension TransportEvent {
    /// The process id of `started`.
    public var decodedProcessID: Int32? {
        read(.started) { $0.signed().flatMap { Int32(exactly: $0) } }
    }

    /// Why the server did not start, of `startFailed`.
    public var decodedStartFailure: StartFailure? {
        read(.startFailed) { payload in
            guard let errno = payload.signed().flatMap({ Int32(exactly: $0) }), let command = payload.text(),
                let hasPath = payload.unsigned(), let path = payload.text(),
                let workingDirectory = payload.text()
            else { return nil }
            return StartFailure(
                errno: errno, command: command, searchedPath: hasPath == 0 ? nil : path,
                workingDirectory: workingDirectory)
        }
    }

    /// How the server ended, of `exited`.
    public var decodedExitStatus: ExitStatus? {
        read(.exited) { payload in
            guard let form = payload.unsigned(), let value = payload.signed().flatMap({ Int32(exactly: $0) })
            else { return nil }
            switch form {
            case 0: return .code(value)
            case 1: return .signal(value)
            default: return nil
            }
        }
    }

    /// What is lacking, of `gap`.
    public var decodedGap: Gap? {
        read(.gap) { payload in
            guard let from = payload.signed(), let to = payload.signed(),
                let clientToServer = payload.count(), let serverToClient = payload.count(),
                let standardError = payload.count(), let clientToServerLines = payload.count(),
                let serverToClientLines = payload.count(), let cut = payload.unsigned(),
                let reason = payload.unsigned().flatMap({ UInt8(exactly: $0) })
                    .flatMap({ Gap.Reason(rawValue: $0) })
            else { return nil }
            var gap = Gap(
                from: Timestamp(nanoseconds: from), to: Timestamp(nanoseconds: to), reason: reason)
            gap.clientToServer = clientToServer
            gap.serverToClient = serverToClient
            gap.standardError = standardError
            gap.clientToServerLines = clientToServerLines
            gap.serverToClientLines = serverToClientLines
            gap.cutLanes = Lane.allCases.filter { cut & (1 << UInt64($0.rawValue)) != 0 }
            return gap
        }
    }

    /// Why the session is over, of `ended`.
    public var decodedEndReason: SessionEnd.Reason? {
        read(.ended) { $0.text().flatMap { SessionEnd.Reason(rawValue: $0) } }
    }

    /// What was done to the next message, of `faulted`.
    public var decodedFaultMark: FaultMark? { kind == .faulted ? FaultMark(encoded: payload) : nil }

    /// What the wall clock showed, of `clockAnchor`.
    public var decodedRealtime: Int64? {
        read(.clockAnchor) { $0.signed() }
    }

    private func read<Value>(_ kind: Kind, _ value: (inout PayloadReader) -> Value?) -> Value? {
        guard self.kind == kind else { return nil }
        var payload = PayloadReader(self.payload)
        return value(&payload)
    }
}
