import Wire

/// What a verification found, read from the file that it wrote.
public struct StoredVerification: Sendable, Equatable {
    /// The exit status that `verify` ended with: 0, 1, or 69 when the server could not be reached.
    public var status: Int32
    /// For a person.
    public var lines: [String]
    /// The same as workflow commands of GitHub Actions.
    public var annotations: [String]
    /// All of it, as one JSON object.
    public var json: [UInt8]

    /// Reads a file's bytes, JSON or JUnit XML as `VerifyReport` writes them; nil when it is none.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let text = XMLText.json(in: bytes, property: VerifyReport.property),
            let root = JSONTree(text)?.root,
            root[VerifyReport.versionMember]?.intValue == VerifyReport.version,
            let status = root["status"]?.intValue.flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.status = status
        // The file may be anybody's.
        func strings(_ name: String) -> [String] {
            (root[name].map { Array($0.children) } ?? []).compactMap {
                $0.stringValue.map { OneLine.text($0, limit: 4000) }
            }
        }
        lines = strings("lines").map(GitHubText.inert)
        annotations = strings("annotations").map(GitHubText.annotation)
        json = Array(root.text)
    }
}

extension XMLText {
    /// The JSON object that a report is or, as JUnit XML, carries in the property of that name.
    static func json(in bytes: ArraySlice<UInt8>, property: String) -> ArraySlice<UInt8>? {
        guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else { return bytes }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let start = text.firstRange(of: "<property name=\"\(property)\" value=\"")?.upperBound,
            let end = text[start...].firstIndex(of: "\"")
        else { return nil }
        return Array(XMLText.plain(text[start..<end]).utf8)[...]
    }
}
