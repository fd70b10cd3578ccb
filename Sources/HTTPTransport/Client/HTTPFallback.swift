internal import MCPSemantics
internal import Replay
internal import Wire

/// A handshake of Streamable HTTP, and how it was refused by what may be a server of HTTP+SSE.
///
/// Source: MCP 2025-11-25, basic/transports, Backwards Compatibility; 2026-07-28 for the errors that only a
/// newer server gives.
struct HTTPFallback {
    let handshake: ArraySlice<UInt8>
    let digest: MessageDigest
    /// Set once it was refused: HTTP+SSE is tried from then on.
    var refusal: Refusal?

    /// What is told when HTTP+SSE is not there either.
    struct Refusal {
        let requests: [RequestID]
        let failure: LiveFailure
    }

    init(handshake: ArraySlice<UInt8>, digest: MessageDigest) {
        self.handshake = handshake
        self.digest = digest
    }

    /// Whether an answer of that status and body to the handshake is what a server of HTTP+SSE gives.
    static func isAsked(status: Int?, body: ArraySlice<UInt8>) -> Bool {
        guard let status, [400, 404, 405].contains(status) else { return false }
        let code = MessageReader.digest(of: body, direction: .serverToClient).error?.code
        return !(-32022 ... -32020).contains(code.flatMap { Int($0) } ?? 0)
    }
}
