internal import CViewerPage
internal import Recording

/// The page's own files, which are part of the binary.
struct PageFiles: Sendable {
    private let files: [String: File]

    private struct File: Sendable {
        var contentType: String
        var bytes: [UInt8]
        /// Nil when it is not smaller.
        var compressed: [UInt8]?
        /// Strong, of the bytes as they are. Source: RFC 9110 §8.8.3.
        var tag: String
    }

    init(compress: (_ bytes: [UInt8]) -> [UInt8]?) {
        var files: [String: File] = [:]
        for file in UnsafeBufferPointer(start: cviewerpage_files(), count: cviewerpage_file_count()) {
            let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
            let compressed = compress(bytes).flatMap { $0.count < bytes.count ? $0 : nil }
            files[String(cString: file.path)] = File(
                contentType: String(cString: file.content_type), bytes: bytes, compressed: compressed,
                tag: SHA256.hex(SHA256.digest(of: bytes[...]).prefix(16)))
        }
        self.files = files
    }

    /// Their texts by where they are served.
    static var texts: [String: String] {
        UnsafeBufferPointer(start: cviewerpage_files(), count: cviewerpage_file_count()).reduce(into: [:]) {
            let bytes = UnsafeBufferPointer(start: $1.bytes, count: $1.length)
            $0[String(cString: $1.path)] = String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Where they are served.
    var paths: Set<String> { Set(files.keys) }

    /// The file that is asked for, or that the browser has it already; nil: no such file.
    func answer(_ request: PageRequest) -> PageAnswer? {
        guard let file = files[request.path] else { return nil }
        let small = AcceptedCoding.allowsGzip(request.acceptEncoding) ? file.compressed : nil
        // Another representation has another strong tag.
        let tag = "\"\(file.tag)\(small == nil ? "" : "-gzip")\""
        var answer = PageAnswer(200, contentType: file.contentType, body: small ?? file.bytes)
        answer.fields.removeAll { ["Cache-Control", "Content-Security-Policy"].contains($0.name) }
        answer.fields += [
            // Asked for anew each time, since the next version has the same names; a tag spares the bytes.
            .init("Cache-Control", "no-cache"), .init("ETag", tag), .init("Vary", "Accept-Encoding"),
            .init("Content-Security-Policy", PageFiles.policy),
        ]
        if small != nil { answer.fields.append(.init("Content-Encoding", "gzip")) }
        if request.ifNoneMatch?.contains(tag) == true {
            answer.status = 304
            answer.body = []
        }
        return answer
    }

    /// No script but our own files, nothing from elsewhere, in nobody's frame. The page says the same of
    /// itself; only a header can forbid frames.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        + " require-trusted-types-for 'script'; trusted-types 'none'"
}
