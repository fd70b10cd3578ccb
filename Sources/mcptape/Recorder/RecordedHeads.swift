import HTTPTransport
import Recording

/// What of heads goes on record: by the allow-list, and without what looks like a secret. Equal values have
/// equal placeholders, so that requests with one session id stay together.
struct RecordedHeads: HTTPHeadMasking {
    private let redactor: Redactor
    /// Secrets of payloads are replaced, so those of arguments that a head mirrors are too.
    private let redactsPayloads: Bool

    init(_ redactor: Redactor, redactsPayloads: Bool) {
        self.redactor = redactor
        self.redactsPayloads = redactsPayloads
    }

    func field(name: String, value: String) -> HTTPField {
        let sent = Array(value.utf8)
        let recorded =
            mirrored(sent, of: name) ?? HeaderPolicy.recorded(sent[...], of: name, by: redactor)
        return HTTPField(
            name: name, value: String(decoding: recorded, as: UTF8.self),
            form: recorded == sent ? .clear : .masked, size: sent.count)
    }

    /// What is kept of an argument until the body that it mirrors is read.
    private func mirrored(_ value: [UInt8], of name: String) -> [UInt8]? {
        guard HeaderPolicy.isMirrored(name) else { return nil }
        return redactsPayloads ? HeaderPolicy.mirrored(value[...], of: name, by: redactor) : value
    }

    func target(_ target: String) -> String {
        String(decoding: URLMask.recorded(Array(target.utf8)[...], by: redactor), as: UTF8.self)
    }
}
