import HTTPTransport
import Recording

/// What of heads goes on record: by the allow-list, and without what looks like a secret. Equal values have
/// equal placeholders, so that requests with one session id stay together.
struct RecordedHeads: HTTPHeadMasking {
    private let redactor: Redactor

    init(_ redactor: Redactor) { self.redactor = redactor }

    func field(name: String, value: String) -> HTTPField {
        let sent = Array(value.utf8)
        let recorded = HeaderPolicy.recorded(sent[...], of: name, by: redactor)
        return HTTPField(
            name: name, value: String(decoding: recorded, as: UTF8.self),
            form: recorded == sent ? .clear : .masked, size: sent.count)
    }

    func target(_ target: String) -> String {
        String(decoding: URLMask.recorded(Array(target.utf8)[...], by: redactor), as: UTF8.self)
    }
}
