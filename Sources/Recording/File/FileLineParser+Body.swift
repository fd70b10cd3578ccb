extension FileLineParser {
    /// Where the member `msg` of the outermost object begins, and the place after its colon; nil without one.
    ///
    /// It steps over the members before it without checking them. O(bytes before it).
    static func bodyKey(in text: ArraySlice<UInt8>) -> (start: Int, afterColon: Int)? {
        text.withUnsafeBufferPointer { bytes in
            var place = skipSpace(bytes, 0)
            guard place < bytes.count, bytes[place] == UInt8(ascii: "{") else { return nil }
            place = skipSpace(bytes, place + 1)
            while place < bytes.count, bytes[place] == 0x22 {
                let key = place
                guard let afterKey = skipString(bytes, key) else { return nil }
                let colon = skipSpace(bytes, afterKey)
                guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
                if bytes[(key + 1)..<(afterKey - 1)].elementsEqual("msg".utf8) {
                    return (text.startIndex + key, text.startIndex + colon + 1)
                }
                guard let end = skipValue(bytes, skipSpace(bytes, colon + 1)) else { return nil }
                place = skipSpace(bytes, end)
                guard place < bytes.count, bytes[place] == UInt8(ascii: ",") else { return nil }
                place = skipSpace(bytes, place + 1)
            }
            return nil
        }
    }

    private static func skipSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 || bytes[place] == 0x0D {
            place += 1
        }
        return place
    }

    /// The place after the string that begins at `start`; nil when it is not closed.
    private static func skipString(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var place = start + 1
        while place < bytes.count {
            switch bytes[place] {
            case 0x22: return place + 1
            case 0x5C: place += 2
            default: place += 1
            }
        }
        return nil
    }

    /// The place after the value that begins at `start`.
    private static func skipValue(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var place = start
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x22:
                guard let end = skipString(bytes, place) else { return nil }
                place = end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return place }
                depth -= 1
                place += 1
            case UInt8(ascii: ",") where depth == 0: return place
            default: place += 1
            }
        }
        return nil
    }
}
