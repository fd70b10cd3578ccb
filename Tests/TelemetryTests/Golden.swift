import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files beside the tests that hold what is expected; `UPDATE_GOLDEN=1` writes them anew.
enum Golden {
    private static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/" + folder + "/Golden/" + name
    }

    /// The bytes of the file, empty when there is none.
    static func bytes(at path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// Expects the file in `Golden` to hold `bytes`, or writes them to it.
    static func expect(_ bytes: [UInt8], in name: String, sourceLocation: SourceLocation = #_sourceLocation) {
        expect(bytes, at: path(name), sourceLocation: sourceLocation)
    }

    /// The same of any file of the repository.
    static func expect(_ bytes: [UInt8], at path: String, sourceLocation: SourceLocation = #_sourceLocation) {
        if getenv("UPDATE_GOLDEN") != nil, let file = fopen(path, "wb") {
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        #expect(
            String(decoding: Golden.bytes(at: path), as: UTF8.self) == String(decoding: bytes, as: UTF8.self),
            sourceLocation: sourceLocation)
    }
}
