import Journal
import Platform
import Recording
import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `stdio-probe COMMAND…` relays a server as `record` does, without a recording.
///
/// `--journal STORE` before the command also fills a journal, which nobody reads: what forwarding costs with
/// it. `stdio-probe --host` prints the host process that it was started by.
@main struct Probe {
    static func main() {
        var first = 1
        var store: String?
        if CommandLine.argc > 1, CommandLine.arguments[1] == "--host" {
            let host = HostProcess.discovered()
            print(host.map { "\($0.processID) \($0.startTicks) \($0.name)" } ?? "none")
            return
        }
        if CommandLine.argc > 2, CommandLine.arguments[1] == "--journal" {
            store = CommandLine.arguments[2]
            first = 3
        }
        let host = HostDescriptors.standard()
        do throws(ServerStartFailure) {
            let server = try StdioServer(
                ServerCommand(ownArgumentsFrom: first), host: host, options: .standard(host))
            let relay = StdioRelay(server: server, host: host)
            exit((store.flatMap { recorded(relay, in: $0) } ?? relay.run()).exit.shellStatus)
        } catch {
            exit(error.status)
        }
    }

    private static func recorded(_ relay: StdioRelay, in store: String) -> RelayOutcome? {
        let session = SessionID("probe\(getpid())")
        guard let journal = try? JournalWriter(session: session, description: [], store: store) else {
            return nil
        }
        return relay.run(recordingTo: journal, clock: SessionClock(system: SystemCalls()))
    }
}
