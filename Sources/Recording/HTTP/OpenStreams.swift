/// The HTTP exchanges that are open, by number.
///
/// What is told of one mostly comes in a row, so the newest is at hand, to be changed where it is: it is put
/// among the others only for another one.
struct OpenStreams: Sendable {
    private var others: [UInt32: HTTPStream] = [:]
    /// One, or none.
    private var newest: [HTTPStream] = []
    private var newestNumber: UInt32 = 0

    /// All of them. O(n).
    var all: [UInt32: HTTPStream] {
        var all = others
        if let stream = newest.first { all[newestNumber] = stream }
        return all
    }

    /// Bytes that wait for the rest of their message or part. O(n).
    var unfinishedBytes: Int {
        others.values.reduce(newest.first?.unfinishedBytes ?? 0) { $0 + $1.unfinishedBytes }
    }

    /// Takes a stream out; nil when it is not known.
    mutating func take(_ number: UInt32) -> HTTPStream? {
        if newestNumber == number, let stream = newest.popLast() { return stream }
        return others.removeValue(forKey: number)
    }

    /// Puts a stream in that is new or was taken out before.
    mutating func put(_ stream: HTTPStream, _ number: UInt32) {
        if let former = newest.popLast() { others[newestNumber] = former }
        newest.append(stream)
        newestNumber = number
    }

    /// Changes a stream where it is; nothing happens when it is not known.
    mutating func change(_ number: UInt32, _ change: (inout HTTPStream) -> Void) {
        if newest.isEmpty || newestNumber != number {
            guard let stream = others.removeValue(forKey: number) else { return }
            put(stream, number)
        }
        change(&newest[0])
    }

    /// Changes each of them. O(n).
    mutating func changeAll(_ change: (inout HTTPStream) -> Void) {
        for number in all.keys { self.change(number, change) }
    }
}
