import HTTPTransport
import MCPSemantics
import Recording
import Replay
import StdioTransport

/// The real servers behind a recording that `replay --listen` serves, one for each client.
struct ServersBehind {
    /// Runs them.
    let thread: RealServerThread
    /// Begins the record of a client's conversation; nil: none is kept.
    let recording: (@Sendable (Timestamp) -> MemoryRecording)?
    /// Called when nobody is served any more: keeps what is kept at the end, and answers why it is not.
    let settle: (inout ReplayReport) -> Failure?

    /// Serves with them.
    func join(_ options: inout HTTPReplay.Options) {
        let thread = thread
        options.realServers = HTTPReplay.RealServers(
            recording: recording, order: { thread.order($0) }, finish: { thread.finish() })
    }

    /// Ends them, after `settle`: seconds at most.
    func close() { thread.close() }

    /// Begins once `replay` listens.
    func begin(for replay: HTTPReplay) throws {
        do throws(LiveFailure) {
            try thread.begin(
                for: RealServerThread.Listener(
                    deliver: { replay.deliver($0, to: $1) }, conversation: { replay.conversation(of: $0) },
                    noteAdded: { replay.noteAdded($0) }))
        } catch {
            throw Failure(Failure.io, error.text)
        }
    }
}
