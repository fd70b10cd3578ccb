extension JSONText {
    /// The index in `text` of the byte at which it stops being JSON; its end when it is cut short; nil when
    /// it is one JSON value.
    ///
    /// For messages to people: byte by byte, and so slower than `isValid`. O(n).
    public static func firstFault(in text: ArraySlice<UInt8>) -> Int? {
        var grammar = JSONGrammar(depthLimit: depthLimit)
        var events = NoJSONEvents()
        return text.withUnsafeBufferPointer { bytes in
            for place in bytes.indices {
                grammar.push(UnsafeBufferPointer(rebasing: bytes[place...place]), to: &events)
                if grammar.state == .failed { return text.startIndex + place }
            }
            grammar.finish(to: &events)
            return grammar.isComplete ? nil : text.endIndex
        }
    }
}
