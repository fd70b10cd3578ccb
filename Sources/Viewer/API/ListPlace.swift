internal import Recording

/// Behind which row a page of a list begins: `7k2f0000abcd@1790000000000000000`, the row's id and when it
/// began. So the list goes on where it was when the row is deleted between two pages.
struct ListPlace: Equatable {
    var id: String
    /// Nanoseconds since 1970; nil: not said.
    var start: Int64?

    init(_ id: String, start: Int64?) {
        self.id = id
        self.start = start
    }

    init(behind session: SessionSummary) {
        self.init(session.description.id.text, start: session.description.startRealtime)
    }

    /// Reads what `text` made, or an id alone. An id may end like a place: `isThere` says that there is a row
    /// with the whole word for its id.
    init(_ word: String, isThere: Bool) {
        guard !isThere, let at = word.lastIndex(of: "@"), let start = Int64(word[word.index(after: at)...])
        else {
            self.init(word, start: nil)
            return
        }
        self.init(String(word[..<at]), start: start)
    }

    var text: String { start.map { "\(id)@\($0)" } ?? id }
}
