/// A revision of the Model Context Protocol that mcptape knows, oldest first.
///
/// Source: the five directories of the specification's schema, 2024-11-05 to 2026-07-28.
public enum ProtocolRevision: String, Sendable, Hashable, CaseIterable, Comparable {
    case v2024_11_05 = "2024-11-05"
    case v2025_03_26 = "2025-03-26"
    case v2025_06_18 = "2025-06-18"
    case v2025_11_25 = "2025-11-25"
    case v2026_07_28 = "2026-07-28"

    /// The era the revision belongs to.
    public var era: Era { self < .v2026_07_28 ? .legacy : .modern }

    /// ISO dates order like the revisions they name.
    public static func < (a: ProtocolRevision, b: ProtocolRevision) -> Bool { a.rawValue < b.rawValue }
}

/// The two shapes of the protocol: with a handshake and sessions, or stateless with `_meta` identity.
///
/// It is a property of a message, not of a process: one stdio process may serve both.
/// Source: MCP 2026-07-28, basic/transports/stdio, Backward Compatibility.
public enum Era: UInt8, Sendable, Hashable {
    /// 2024-11-05 to 2025-11-25: `initialize`, sessions, requests from either side.
    case legacy = 0
    /// 2026-07-28 on: no handshake, identity in each request's `_meta`, only the client asks.
    case modern = 1

    /// The word for the era in files and output: `legacy` or `modern`.
    public var word: String { self == .legacy ? "legacy" : "modern" }

    /// The era that `word` names, or nil for any other text.
    public init?(word: some StringProtocol) {
        switch word {
        case "legacy": self = .legacy
        case "modern": self = .modern
        default: return nil
        }
    }
}
