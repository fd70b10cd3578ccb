/// Finds the word that somebody probably meant.
public enum ClosestWord {
    /// The candidate with the fewest edits from `typed`, at most a third of its length and never more than 3.
    ///
    /// O(candidates × length²); `typed` beyond 32 characters has no close word.
    public static func to(_ typed: String, among candidates: [String]) -> String? {
        guard typed.count <= 32 else { return nil }
        let limit = max(1, min(3, typed.count / 3 + 1))
        var best: (word: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(Array(typed.lowercased()), Array(candidate.lowercased()))
            if edits <= limit, edits < (best?.edits ?? Int.max) { best = (candidate, edits) }
        }
        return best?.word
    }

    /// Insertions, removals, replacements and swaps of neighbours between the two words.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                row[j] = min(replaced, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
