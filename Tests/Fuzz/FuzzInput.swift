/// Cuts an input into pieces, the same for the same seed.
struct Cuts {
    private var state: UInt64

    init(seed: UInt8) { state = UInt64(seed) &+ 0x9E37_79B9_7F4A_7C15 }

    /// `bytes` in pieces of 0 to 15 bytes, or larger ones when there are many.
    mutating func pieces(of bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes
        let scale = 1 + bytes.count / 256
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let piece = rest.prefix(Int(state >> 60) * scale)
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

/// Ends the run with a finding when a promise is broken.
func require(_ holds: Bool, _ promise: String) {
    if !holds { fatalError(promise) }
}
