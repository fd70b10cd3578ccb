/// What `UpstreamProbe` found out about a server.
public struct UpstreamReport: Sendable, Hashable {
    /// Origin and path, without the query: that may be a credential.
    public var url: String
    /// What the host's name resolves to, in the order of the resolver; empty for an address.
    public var addresses: [String] = []
    /// Nil for plain HTTP, and when there was no handshake.
    public var tls: TLS?
    public var answers: [Answer] = []
    /// Headers of ours went with the questions.
    public var sentHeaders = false
    /// What is known of a server that asks for authorization; nil when it does not.
    public var authorization: Authorization?
    /// What kept the probe from an answer; nil when there was one to every question.
    public var failure: Failure?

    /// An encrypted connection.
    public struct TLS: Sendable, Hashable {
        /// `TLS 1.3`.
        public var version: String
        /// False with `--insecure`: whoever answers was taken for the server.
        public var isVerified: Bool
    }

    /// A question that is put to the server; none of them has an effect there but the session of
    /// `initialize`, which is ended again.
    public enum Question: String, Sendable, Hashable {
        case discover = "server/discover"
        case initialize
        /// The GET that opens the stream of HTTP+SSE.
        case events = "GET"
    }

    /// What came back for a question.
    public struct Answer: Sendable, Hashable {
        public var question: Question
        public var status: Int
        public var finding: Finding
    }

    /// What an answer means.
    public enum Finding: Sendable, Hashable {
        case speaks(Speaker)
        /// The server asks who is there: 401 or 403.
        case refuses
        /// Anything else, in words.
        case other(String)
    }

    /// A server that speaks MCP.
    public struct Speaker: Sendable, Hashable {
        public var transport: Transport
        /// Protocol revisions that it named; empty when it named none.
        public var revisions: [String]
        /// `name version`, or empty.
        public var server = ""
        /// It gave a session id.
        public var hasSession = false

        /// The way in which it speaks.
        public enum Transport: String, Sendable, Hashable {
            /// Streamable HTTP without sessions, from 2026-07-28 on.
            case modern = "Streamable HTTP, modern era"
            /// Streamable HTTP up to 2025-11-25.
            case legacy = "Streamable HTTP, legacy era"
            /// HTTP+SSE of 2024-11-05.
            case events = "HTTP+SSE"
        }
    }

    /// What a server that refuses says of how to get in.
    public struct Authorization: Sendable, Hashable {
        public var status: Int
        /// The value of `WWW-Authenticate`, or empty.
        public var challenge: String
        /// Where it says that its metadata is, or where it was found; nil when nowhere.
        public var metadata: String?
        /// Of the metadata; empty where it does not say.
        public var resource = ""
        public var authorizationServers: [String] = []
        public var scopes: [String] = []

        /// It follows MCP's authorization: a client would begin OAuth.
        public var isOAuth: Bool { metadata != nil }
    }

    /// Where it ended.
    public struct Failure: Sendable, Hashable {
        public var step: Step
        public var text: String

        /// The steps of a question, in order.
        public enum Step: String, Sendable, Hashable {
            case resolve, connect, tls, answer
        }
    }

    /// What it comes to.
    public enum Verdict: String, Sendable, Hashable {
        case ready
        case authorization
        case unreachable
        /// Something answers, and it is no MCP.
        case other
    }

    public var verdict: Verdict {
        if speaker != nil { return .ready }
        if authorization != nil { return .authorization }
        return answers.isEmpty ? .unreachable : .other
    }

    /// The first answer in MCP.
    public var speaker: Speaker? {
        for answer in answers {
            if case .speaks(let speaker) = answer.finding { return speaker }
        }
        return nil
    }

    /// What to do, one sentence a line.
    public var advice: [String] {
        switch verdict {
        case .ready:
            let header = sentHeaders ? " --upstream-header …" : ""
            return ["mcptape record --listen 8808 --upstream \(url)\(header)"]
        case .authorization: return authorizationAdvice
        case .other:
            return ["check the path: many servers have /mcp for Streamable HTTP and /sse for HTTP+SSE"]
        case .unreachable:
            guard failure?.step == .tls else { return [] }
            return [
                "--upstream-ca FILE names an authority of your own, http:// speaks without TLS, "
                    + "--insecure verifies nothing"
            ]
        }
    }

    private var authorizationAdvice: [String] {
        guard let authorization else { return [] }
        var lines: [String] = []
        if sentHeaders {
            lines.append("the server refuses the credential of --upstream-header")
        }
        if authorization.isOAuth {
            lines.append(
                "a client with OAuth refuses any URL but the server's own, so record a bridge that speaks to it: "
                    + "mcptape record -- npx -y mcp-remote \(url)")
        }
        if !sentHeaders {
            lines.append(
                "with a token: mcptape record --listen 8808 --upstream \(url) "
                    + "--upstream-header 'Authorization: Bearer {file:PATH}'")
        }
        return lines
    }
}
