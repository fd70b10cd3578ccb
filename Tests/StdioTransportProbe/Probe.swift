import Recording
import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `stdio-probe COMMAND…` relays a server as `record` does, without a recording.
///
/// `stdio-probe --host` prints the host process that it was started by.
@main struct Probe {
    static func main() {
        if CommandLine.argc > 1, CommandLine.arguments[1] == "--host" {
            let host = HostProcess.discovered()
            print(host.map { "\($0.processID) \($0.startTicks) \($0.name)" } ?? "none")
            return
        }
        let host = HostDescriptors.standard()
        do throws(ServerStartFailure) {
            let server = try StdioServer(
                ServerCommand(ownArgumentsFrom: 1), host: host, options: .standard(host))
            let outcome = StdioRelay(server: server, host: host).run()
            exit(outcome.exit.shellStatus)
        } catch {
            exit(error.status)
        }
    }
}
