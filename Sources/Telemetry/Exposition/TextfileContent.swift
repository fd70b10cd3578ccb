/// A file of metrics for node_exporter, whose directory is one target: what may replace it, and which other
/// file holds the same series.
public enum TextfileContent {
    /// Who may write a file: its first line says so, as a comment that collectors leave out.
    public enum Owner: Sendable, Equatable {
        /// Every process that writes figures of that store, with those labels; a digest of both.
        case store(String)
        /// One process, for as long as it lives.
        case process

        fileprivate static let beginning = "# mcptape "

        /// With its line feed.
        public var line: String {
            switch self {
            case .store(let digest): Owner.beginning + "store \(digest)\n"
            case .process: Owner.beginning + "process\n"
            }
        }

        /// Nil when the first line does not say it: an older version's file, or somebody else's.
        public init?(of content: some Sequence<UInt8>) {
            let line = String(decoding: content.prefix(128).prefix { $0 != 0x0A }, as: UTF8.self)
            guard line.hasPrefix(Owner.beginning) else { return nil }
            let words = line.dropFirst(Owner.beginning.count).split(separator: " ")
            switch words.first {
            case "process" where words.count == 1: self = .process
            case "store" where words.count == 2: self = .store(String(words[1]))
            default: return nil
            }
        }
    }

    /// A series that stands in both texts, as it is written there; nil when there is none.
    ///
    /// A collector cannot show both. O(bytes).
    public static func sharedSeries(_ one: [UInt8], _ other: [UInt8]) -> String? {
        let known = Set(series(of: one))
        return series(of: other).first(where: known.contains).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Name and labels of each sample.
    private static func series(of text: [UInt8]) -> some Sequence<ArraySlice<UInt8>> {
        text.split(separator: 0x0A).lazy.filter { $0.first != 0x23 }.compactMap { line in
            // A label's value may have spaces; a sample's has none.
            line.lastIndex(of: 0x20).map { line[..<$0] }
        }
    }
}
