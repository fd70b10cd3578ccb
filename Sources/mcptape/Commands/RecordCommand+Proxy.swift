import ArgumentParser
import HTTPTransport
import Journal
import Platform
import Recording

/// `record --listen`, and `record` with the listeners of the configuration file: reverse proxies for HTTP.
extension RecordCommand {
    func runProxy() throws {
        // Before any thread exists: they all inherit that these wait for us.
        ProxySignals.hold()
        ProxySignals.raiseDescriptorLimit()
        try outputFile?.check()
        let settings = try settings()
        do {
            try ListenerService(self, settings, system: SystemCalls()).run()
        } catch let failure as Failure {
            settings.log.say(failure)
            throw ExitCode(failure.status)
        }
    }

    /// The listeners that the flags, or else the configuration file, ask for.
    func listeners(_ settings: Settings) throws(Failure) -> [ListenerSettings] {
        if http.isRequested {
            do throws(HTTPFailure) {
                var listener = try http.listener(named: name)
                settings.configuration?.addServerHeaders(to: &listener)
                return [listener]
            } catch {
                throw error.asFailure
            }
        }
        let listeners = settings.configuration?.listeners ?? []
        guard listeners.isEmpty else { return listeners }
        let file = settings.configuration?.file.path
        throw Failure(
            Failure.usage,
            "no command after '--', and \(file.map { "\($0) has" } ?? "there are") no listeners",
            hint: "say what to record: mcptape record -- COMMAND [ARG…]")
    }

    /// What is known of a listener when it begins.
    func describe(
        _ listener: ListenerSettings, _ clock: SessionClock, _ settings: Settings, _ system: SystemCalls
    ) -> SessionDescription {
        var description = describe(clock, settings, system)
        description.transport = .http
        description.isListener = true
        description.command = listener.recordedCommand
        description.maskedArguments = []
        description.name = listener.serverName
        description.capture = settings.capture.value
        for route in listener.routes.routes {
            let name = listener.serverName(of: route)
            let mode = settings.capture(ofServer: name)
            if mode != settings.capture.value { description.captureOfServers[name] = mode }
        }
        return description
    }
}
