/// A header that is set on every request to an upstream, in place of any that the client sent under its name.
///
/// Its value is never logged and never recorded.
/// `@unchecked Sendable`: once the proxy has started, only its loop uses it.
public final class InjectedHeader: @unchecked Sendable {
    public let name: String
    private var sources: [Source]

    enum Source {
        case text(String)
        case file(SecretFile)
    }

    init(name: String, sources: [Source]) {
        self.name = name
        self.sources = sources
    }

    /// The value now. Throws when a file cannot be read, or the value cannot stand in a header.
    func current() throws(HTTPFailure) -> String {
        var value = ""
        for index in sources.indices {
            switch sources[index] {
            case .text(let text): value += text
            case .file(var file):
                value += String(decoding: try file.current(), as: UTF8.self)
                sources[index] = .file(file)
            }
        }
        guard value.utf8.allSatisfy(HTTPText.isFieldContent) else {
            throw HTTPFailure(.setting, "the value for the header \(name) holds a control character")
        }
        return value
    }

    /// The upstream refused the value: files are read again at the next use.
    func refresh() {
        for index in sources.indices {
            guard case .file(var file) = sources[index] else { continue }
            file.forget()
            sources[index] = .file(file)
        }
    }
}
