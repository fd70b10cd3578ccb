internal import Recording

// *Shape*: the number of pieces, then each with its length.
extension MessageFraming {
    func append(to bytes: inout [UInt8]) {
        bytes.appendVarint(pieces.count)
        for piece in pieces {
            bytes.appendVarint(piece.count)
            bytes.append(contentsOf: piece)
        }
    }

    /// Nil for what `append` did not write.
    init?(encoded: ArraySlice<UInt8>) {
        let pieces = encoded.withUnsafeBytes { bytes -> [[UInt8]]? in
            var reader = ByteReader(bytes)
            guard let count = reader.int(), count <= bytes.count else { return nil }
            var pieces: [[UInt8]] = []
            for _ in 0..<count {
                guard let length = reader.int(), let range = reader.range(length) else { return nil }
                pieces.append([UInt8](bytes[range]))
            }
            return pieces
        }
        guard let pieces else { return nil }
        self.init(pieces: pieces)
    }
}
