extension JSONText {
    /// Escapes, in the JSON text from `start` on, what a terminal would act upon or not show: DEL, the C1
    /// controls (one-byte forms of escape sequences), direction marks and isolates, line and paragraph
    /// separators, zero-width characters and the BOM. The value stays the same.
    ///
    /// Outside of strings JSON has none of them, so every occurrence is inside one. O(bytes from `start`).
    /// Source: UAX #9 (bidirectional controls), ECMA-48 (C1).
    static func escapeInvisible(in bytes: inout [UInt8], from start: Int) {
        guard let first = bytes[start...].firstIndex(where: { mayBegin($0) }) else { return }
        var rest = bytes[first...]
        var escaped: [UInt8] = []
        while let byte = rest.first {
            guard let (unit, length) = invisible(at: rest) else {
                escaped.append(byte)
                rest = rest.dropFirst()
                continue
            }
            escaped += [0x5C, UInt8(ascii: "u")]
            for shift in [12, 8, 4, 0] {
                escaped.append(hexDigit(UInt8(truncatingIfNeeded: unit >> shift & 0xF)))
            }
            rest = rest.dropFirst(length)
        }
        bytes.replaceSubrange(first..., with: escaped)
    }

    /// The first byte of everything that `invisible` finds.
    private static func mayBegin(_ byte: UInt8) -> Bool {
        byte == 0x7F || byte == 0xC2 || byte == 0xD8 || byte == 0xE2 || byte == 0xEF
    }

    private static func invisible(at text: ArraySlice<UInt8>) -> (unit: UInt16, length: Int)? {
        func byte(_ offset: Int) -> UInt8 { text.dropFirst(offset).first ?? 0 }
        switch (byte(0), byte(1), byte(2)) {
        case (0x7F, _, _): return (0x7F, 1)
        case (0xC2, 0x80...0x9F, _): return (UInt16(byte(1)), 2)
        case (0xD8, 0x9C, _): return (0x061C, 2)
        case (0xE2, 0x80, 0x8B...0x8F), (0xE2, 0x80, 0xA8...0xAE), (0xE2, 0x81, 0xA0...0xA9):
            return (0x2000 | UInt16(byte(1) & 0x3F) << 6 | UInt16(byte(2) & 0x3F), 3)
        case (0xEF, 0xBB, 0xBF): return (0xFEFF, 3)
        default: return nil
        }
    }
}
