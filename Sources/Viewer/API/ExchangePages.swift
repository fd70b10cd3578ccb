/// How many exchanges are read at one time: few at first, where the first of them may fill a page, then
/// many, where hardly any does.
struct ExchangePages {
    /// A store packs so many of them together: a page that ends with such a group unpacks it once.
    private static let group = 256
    private static let most = 4096

    private let limit: Int?
    private var size = ExchangePages.group

    /// - Parameter limit: what is wanted, where none are left out; nil: how many will do is not known.
    init(limit: Int?) { self.limit = limit }

    /// How many to read from `number` on, at most `left`.
    mutating func next(from number: Int, within left: Int = .max) -> Int {
        if let limit { return limit }
        defer { size = min(2 * size, ExchangePages.most) }
        return min(left, size - number % ExchangePages.group)
    }
}
