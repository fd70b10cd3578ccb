/// The position of a message in a trace, as its sender states it: `params._meta.traceparent`, or the HTTP
/// header of that name. Source: W3C Trace Context §3.2; MCP 2026-07-28, basic, *OpenTelemetry*.
public enum TraceParent {
    private static let zeros = String(repeating: "0", count: 32)

    /// The trace's id, 32 lower-case hexadecimal digits; nil when the value is malformed or names no trace.
    public static func traceID(of value: some StringProtocol) -> String? {
        let parts = value.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count >= 4, isHexadecimal(parts[0], 2), parts[0] != "ff", isHexadecimal(parts[1], 32),
            isHexadecimal(parts[2], 16), isHexadecimal(parts[3], 2)
        else { return nil }
        // Later versions may say more behind the flags.
        guard parts.count == 4 || parts[0] != "00", parts[1] != zeros else { return nil }
        return String(parts[1])
    }

    private static func isHexadecimal(_ text: some StringProtocol, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { ($0 &- 48) < 10 || ($0 &- 97) < 6 }
    }
}
