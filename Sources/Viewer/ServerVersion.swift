/// Which program serves something: of two of them, only the newer one takes the place of the other.
public struct ServerVersion: Sendable, Equatable {
    /// As it says itself: `0.1.0`, with the commit behind a plus sign where whoever built it said that.
    public var text: String
    /// When its file was last written, seconds since 1970: commits have no order. Nil: not known.
    public var installed: Int64?

    public init(_ text: String, installed: Int64?) {
        self.text = text
        self.installed = installed
    }

    /// Whether `other` has the higher version, or of two builds of one version is the one installed later.
    ///
    /// Never both ways round, and never in a circle, so programs that replace what is older end.
    /// Source: Semantic Versioning 2.0.0, §11.
    public func isOlder(than other: ServerVersion) -> Bool {
        let (left, right) = (Precedence(text), Precedence(other.text))
        if left != right { return left < right }
        if text == other.text { return false }
        return installed ?? .min < other.installed ?? .min
    }

    /// What is before the plus sign. What is no version is older than every one.
    private struct Precedence: Comparable {
        private var numbers: [Int]
        /// Behind the hyphen; a release has none.
        private var early: [Substring]

        init(_ text: String) {
            let precedence = text.prefix { $0 != "+" }
            let core = precedence.prefix { $0 != "-" }
            let words = core.split(separator: ".", omittingEmptySubsequences: false)
            numbers = words.compactMap { Int($0) }
            if numbers.count != words.count { numbers = [] }
            early = precedence.dropFirst(core.count + 1).split(separator: ".")
        }

        static func < (left: Precedence, right: Precedence) -> Bool {
            if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
            if left.early.isEmpty || right.early.isEmpty { return !left.early.isEmpty && right.early.isEmpty }
            return left.early.lexicographicallyPrecedes(right.early) { one, other in
                switch (Int(one), Int(other)) {
                case (let one?, let other?): one < other
                case (_?, nil): true
                case (nil, _?): false
                case (nil, nil): one < other
                }
            }
        }
    }
}
