/// Which of several recorded servers a path leads to: its first part is the server's name.
struct MockRoutes: Sendable {
    private let routes: [String: Int]
    /// As `/name/mcp`, in the order of the servers.
    let paths: [String]

    /// One server alone has every path.
    init(_ names: [String]) {
        let parts = names.map(Self.part)
        paths = names.count == 1 ? ["/mcp"] : parts.map { "/\($0)/mcp" }
        routes =
            names.count == 1
            ? [:] : Dictionary(parts.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// The server of a request's target; nil: none.
    func server(of target: String) -> Int? {
        guard !routes.isEmpty else { return 0 }
        let path = target.prefix { $0 != "?" }
        return path.split(separator: "/").first.flatMap { routes[String($0)] }
    }

    /// A name as it stands in a path: what would have to be escaped there is `_`.
    static func part(_ name: String) -> String {
        let plain = name.unicodeScalars.map { scalar -> Character in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "-" || scalar == "." || scalar == "_" ? Character(scalar) : "_"
        }
        // Dots alone lead elsewhere.
        if plain.allSatisfy({ $0 == "." }) { return String(repeating: "_", count: max(1, plain.count)) }
        return String(plain)
    }
}
