/// What the program says and how it ends when it cannot go on.
///
/// The statuses are `product.md`'s: 64 wrong usage, 66 no such recording, session or input, 69 upstream
/// cannot be reached, 70 internal error, 74 input or output, 77 refused.
struct Failure: Error {
    var status: Int32
    /// What happened, to which file, session or line: one sentence without a full stop.
    var message: String
    /// What to do about it.
    var hint: String?

    init(_ status: Int32, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    static let usage: Int32 = 64
    static let noInput: Int32 = 66
    static let unavailable: Int32 = 69
    static let `internal`: Int32 = 70
    static let io: Int32 = 74
    static let refused: Int32 = 77
}
