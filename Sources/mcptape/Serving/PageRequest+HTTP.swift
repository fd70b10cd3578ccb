import HTTPTransport
import Viewer

extension PageRequest {
    /// What a listener got, as pages see it.
    init(_ request: OwnRequest) {
        func value(_ name: String) -> String? {
            let values = request.fields.filter { $0.name == name }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: ", ")
        }
        self.init(
            request.method == "DELETE" ? .remove : .read, path: request.path, query: request.query,
            accept: value("accept"),
            acceptEncoding: value("accept-encoding"), ifNoneMatch: value("if-none-match"))
    }
}

extension OwnResponse {
    /// What a page answered, as a listener sends it.
    init(_ answer: PageAnswer) {
        self.init(
            answer.status, fields: answer.fields.map { OwnField($0.name, $0.value) }, body: answer.body)
    }
}
