/// Which lines of two versions of a text are the same ones.
enum LineAlignment {
    /// Comparisons at most: beyond it each line goes to the next equal one, which may find fewer pairs.
    ///
    /// The exact search takes lines times differences; a recording of a million lines that all changed must
    /// not take hours.
    static let comparisonLimit = 25_000_000

    /// Places of equal elements in `old` and `new`, ascending in both, as many as there can be.
    static func pairs<Line: Hashable>(_ old: [Line], _ new: [Line]) -> [(old: Int, new: Int)] {
        var start = 0
        while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
        var same = 0
        while same < old.count - start, same < new.count - start,
            old[old.count - 1 - same] == new[new.count - 1 - same]
        {
            same += 1
        }
        let left = Array(old[start..<old.count - same])
        let right = Array(new[start..<new.count - same])
        let middle =
            left.count * right.count <= comparisonLimit ? exact(left, right) : next(left, right)
        return (0..<start).map { ($0, $0) } + middle.map { ($0.old + start, $0.new + start) }
            + (0..<same).map { (old.count - same + $0, new.count - same + $0) }
    }

    private static func exact<Line: Hashable>(_ old: [Line], _ new: [Line]) -> [(old: Int, new: Int)] {
        var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        let left = old.indices.filter { !removed.contains($0) }
        let right = new.indices.filter { !inserted.contains($0) }
        return zip(left, right).map { ($0, $1) }
    }

    static func next<Line: Hashable>(_ old: [Line], _ new: [Line]) -> [(old: Int, new: Int)] {
        var places: [Line: [Int]] = [:]
        for place in old.indices.reversed() { places[old[place], default: []].append(place) }
        var pairs: [(old: Int, new: Int)] = []
        var after = -1
        for (place, line) in new.enumerated() {
            while let candidate = places[line]?.last, candidate <= after { places[line]?.removeLast() }
            guard let found = places[line]?.popLast() else { continue }
            pairs.append((found, place))
            after = found
        }
        return pairs
    }
}
