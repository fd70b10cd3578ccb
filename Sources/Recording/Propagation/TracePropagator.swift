internal import MCPSemantics
internal import Wire

/// Puts spans of ours into the trace context of requests (`record --propagate`), so that what the server
/// does stands below them.
///
/// The ids are made of the recorder's id and a number: no two requests have the same, and what stands for
/// them on record is what was sent.
public struct TracePropagator: Sendable {
    private let recorder: SessionID
    private var count = 0

    /// - Parameter recorder: of the session, or of the listener for all of its sessions.
    public init(recorder: SessionID) { self.recorder = recorder }

    /// What is edited in `message` before it goes to the server, in order; nothing: it passes as it came.
    public mutating func edits(of message: ArraySlice<UInt8>) -> [ForwardedEdit] {
        TracePosition.all(in: message).map { position in
            count += 1
            let removed = message.dropFirst(position.range.lowerBound).prefix(position.range.count)
            return ForwardedEdit(
                .body, offset: position.range.lowerBound, removed: String(decoding: removed, as: UTF8.self),
                inserted: position.before + context(in: position.stated) + position.after)
        }
    }

    private func context(in stated: TracePosition.Stated?) -> String {
        let span = digits("span", 8)
        guard let stated else { return "00-\(digits("trace", 16))-\(span)-01" }
        return "00-\(stated.trace)-\(span)-\(stated.flags)"
    }

    private func digits(_ what: String, _ count: Int) -> String {
        let text = "mcptape propagated \(what) \(recorder.text) \(self.count)"
        let digest = SHA256.digest(of: Array(text.utf8)[...]).prefix(count)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// `message` with `edits` of its body.
    ///
    /// They must be those of the message: what does not fit leaves it as it is.
    public static func applied(_ edits: [ForwardedEdit], to message: ArraySlice<UInt8>) -> [UInt8] {
        var splice = JSONSplice()
        for edit in edits {
            splice.replace(edit.offset..<edit.offset + edit.removed.utf8.count, with: edit.inserted.utf8)
        }
        return splice.applied(to: message) ?? Array(message)
    }

    /// The context that an edit of `edits` made, as it was sent; nil: that is no such edit.
    public static func context(in edit: ForwardedEdit) -> String? {
        guard edit.place == .body else { return nil }
        return edit.inserted.split(separator: "\"").lazy.map(String.init).first {
            TraceParent.traceID(of: $0) != nil
        }
    }
}
