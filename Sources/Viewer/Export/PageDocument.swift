internal import Recording

/// The page as one document, with its script and its styles inside.
struct PageDocument {
    /// Up to where the data goes.
    let head: [UInt8]
    /// From behind the data.
    let tail: [UInt8]

    /// - Parameter files: texts by path, as they are served: `/`, `/page/main.js`.
    init(_ files: [String: String]) throws(ScriptBundle.Failure) {
        func pages(_ suffix: String) -> [String: String] {
            files.reduce(into: [:]) { found, file in
                guard file.key.hasPrefix("/page/"), file.key.hasSuffix(suffix) else { return }
                found[String(file.key.dropFirst("/page/".count))] = file.value
            }
        }
        let script = try ScriptBundle(pages(".js"), entry: "main.js").text
        let index = files["/"] ?? ""
        // Those that the page begins with keep their order; the others come behind them.
        let first = index.split(separator: "\n").compactMap { line -> String? in
            guard let link = line.firstRange(of: "href=\"/page/"), line.contains("rel=\"stylesheet\"") else {
                return nil
            }
            return String(line[link.upperBound...].prefix { $0 != "\"" })
        }
        let sheets = pages(".css")
        let names = first + sheets.keys.filter { !first.contains($0) }.sorted()
        guard let start = index.firstRange(of: "<body>"), let end = index.firstRange(of: "</body>") else {
            throw ScriptBundle.Failure(message: "index.html has no body")
        }
        let styles = names.compactMap { name in sheets[name].map { (name, $0) } }
        let policy =
            "default-src 'none'; script-src \(PageDocument.source(script));"
            + " style-src \(styles.map { PageDocument.source($0.1) }.joined(separator: " "));"
            + " img-src data:; base-uri 'none'; form-action 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'"
        // A link without `rel` loads nothing: it says that the sheet is there.
        let sheetsInside = styles.map { "<link href=\"/page/\($0.0)\"><style>\($0.1)</style>\n" }.joined()
        head = Array(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <title>mcptape</title>
            <link rel="icon" href="data:,">
            \(sheetsInside)</head>
            <body>\(index[start.upperBound..<end.lowerBound])
            """.utf8)
        tail = Array("<script type=\"module\">\(script)</script>\n</body>\n</html>\n".utf8)
    }

    /// The hash that permits a script or a style. Source: CSP 3 §2.3.1.
    private static func source(_ text: String) -> String {
        "'sha256-\(Base64.encoded(SHA256.digest(of: Array(text.utf8)[...])))'"
    }
}
