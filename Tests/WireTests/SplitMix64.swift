/// A small seeded generator, so that a failing case can be run again. Source: Steele, Lea, Flood 2014.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A seed for this run, printed by the test that uses it.
    static func freshSeed() -> UInt64 { UInt64.random(in: 0...UInt64.max) }

    /// Up to `limit` bytes of any value.
    mutating func bytes(upTo limit: Int) -> [UInt8] {
        let count = Int.random(in: 0...limit, using: &self)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// `bytes` cut into up to `cuts` + 1 slices at random places; some may be empty.
    mutating func cut(_ bytes: [UInt8], cuts: Int) -> [ArraySlice<UInt8>] {
        var places = (0..<cuts).map { _ in Int.random(in: 0...bytes.count, using: &self) }
        places.sort()
        var slices: [ArraySlice<UInt8>] = []
        var start = 0
        for place in places + [bytes.count] {
            slices.append(bytes[start..<place])
            start = place
        }
        return slices
    }
}
