/// A text that is passed on otherwise than it came.
struct EditedText: Equatable {
    /// What is passed on.
    var bytes: [UInt8]
    /// In order; their offsets are of what came.
    var edits: [Edit]

    /// Bytes that stand for others.
    struct Edit: Equatable {
        var offset: Int
        var removed: [UInt8]
        var inserted: [UInt8]
    }

    /// `text` with `edits`, which are in order and apart; nil when there are none.
    init?(_ text: ArraySlice<UInt8>, _ edits: [Edit]) {
        guard !edits.isEmpty else { return nil }
        bytes = []
        var copied = 0
        for edit in edits {
            bytes += text.dropFirst(copied).prefix(edit.offset - copied) + edit.inserted
            copied = edit.offset + edit.removed.count
        }
        bytes += text.dropFirst(copied)
        self.edits = edits
    }
}
