/// Which way a message travels.
public enum Direction: UInt8, Sendable, Hashable, CaseIterable {
    case clientToServer = 0
    case serverToClient = 1

    /// The word for the direction in files, filters and output: `c2s` or `s2c`.
    public var word: String { self == .clientToServer ? "c2s" : "s2c" }

    /// The direction that `word` names, or nil for any other text.
    public init?(word: some StringProtocol) {
        switch word {
        case "c2s": self = .clientToServer
        case "s2c": self = .serverToClient
        default: return nil
        }
    }

    /// The other direction.
    public var opposite: Direction { self == .clientToServer ? .serverToClient : .clientToServer }
}
