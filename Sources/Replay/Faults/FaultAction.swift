/// One thing that goes wrong with an answer, as a rule says it.
public enum FaultAction: Sendable, Hashable {
    /// The answer comes later, and nothing else waits for it.
    case delay(FaultDelay)
    /// A JSON-RPC error stands in the answer's place.
    case error(code: Int, message: String)
    /// A tool's result with `isError` stands in the answer's place.
    case toolError(String)
    /// The whole HTTP response is this status. `retryAfter` in seconds.
    case http(status: Int, retryAfter: Int?)
    /// There is no answer.
    case drop
    /// Half of the answer comes, then the connection is cut.
    case disconnect
    /// The answer comes one byte at a time, with this pause in nanoseconds between two.
    case trickle(pause: Int64)
    /// The answer stops in its middle; what follows it is whole again.
    case malformed
    /// A line that is not JSON-RPC comes in front of the answer.
    case junk(String)
    /// The answer comes twice.
    case duplicate
    /// The answer names a request that the client did not make.
    case wrongID
    /// The server's process ends in the answer's place.
    case kill

    var isStatus: Bool {
        if case .http = self { true } else { false }
    }
}

/// How long a delay is.
public enum FaultDelay: Sendable, Hashable {
    /// Nanoseconds.
    case fixed(Int64)
    /// Any duration between the two, both included, equally likely. Nanoseconds.
    case uniform(Int64, Int64)
    /// Log-normal: half of the delays are below `median` (nanoseconds); `sigma` is the standard deviation of
    /// the logarithm, so two thirds lie between `median / exp(sigma)` and `median * exp(sigma)`.
    case logNormal(median: Int64, sigma: Double)

    /// A delay at most: what a typing error must not exceed.
    static let limit: Int64 = 24 * 3_600 * 1_000_000_000

    /// One delay, in nanoseconds.
    func drawn(from random: inout FaultRandom) -> Int64 {
        switch self {
        case .fixed(let delay): delay
        case .uniform(let least, let most):
            least + Int64(Double(most - least) * random.fraction())
        case .logNormal(let median, let sigma):
            Int64(
                min(Double(Self.limit), Double(median) * FaultRandom.exponential(sigma * random.normal())))
        }
    }
}

/// The chance in a rule: the same seed gives the same numbers, on every machine.
///
/// Source: Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014 (SplitMix64).
struct FaultRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to just below 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Normally distributed with mean 0 and deviation 1, never beyond 6: the sum of twelve fractions. The
    /// usual formulas need logarithms, of which every C library has its own last digit.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += fraction() }
        return sum
    }

    /// e to the power of `x`, by halving `x` until the series is short.
    static func exponential(_ x: Double) -> Double {
        let part = x / 1024
        var (sum, term) = (1.0, 1.0)
        for n in 1...8 {
            term *= part / Double(n)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}
