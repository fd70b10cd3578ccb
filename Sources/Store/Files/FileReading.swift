internal import Glibc
public import Platform

/// Reads a recording file, plain or gzip, in chunks.
public struct FileReading {
    private static let chunkSize = 256 << 10
    private let path: String
    private let system: SystemCalls

    public init(_ path: String, system: SystemCalls = SystemCalls()) {
        self.path = path
        self.system = system
    }

    /// Hands the file's text to `receive`, in order; a file that begins like gzip is expanded.
    ///
    /// Throws `StoreFailure` when the file cannot be read, and whatever `receive` throws.
    public func read(_ receive: (ArraySlice<UInt8>) throws -> Void) throws {
        let opened = system.open(path, O_RDONLY, 0)
        guard opened >= 0 else { throw StoreFailure(cannot: "open", path, opened) }
        let descriptor = Int32(opened)
        defer { _ = system.close(descriptor) }
        var gzip: GzipReader?
        var chunk = [UInt8](repeating: 0, count: FileReading.chunkSize)
        var isFirst = true
        while true {
            let count = try fill(&chunk, from: descriptor)
            if count == 0 { break }
            if isFirst && GzipReader.isGzip(chunk[..<count]) { gzip = try GzipReader() }
            isFirst = false
            if let gzip {
                try located { try gzip.push(chunk[..<count], receive) }
            } else {
                try receive(chunk[..<count])
            }
        }
        if let gzip { try located { try gzip.finish() } }
    }

    /// Reads until the chunk is full, so that the first holds gzip's mark even when a pipe gives one byte.
    private func fill(_ chunk: inout [UInt8], from descriptor: Int32) throws(StoreFailure) -> Int {
        var filled = 0
        while filled < chunk.count {
            let count = chunk.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return system.read(descriptor, start + filled, buffer.count - filled)
            }
            if count == -Int(EINTR) { continue }
            guard count >= 0 else { throw StoreFailure(cannot: "read", path, count) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Puts the path before what is wrong with the file's content.
    private func located(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as StoreFailure where failure.kind == .damaged {
            throw StoreFailure(failure.kind, "\(path): \(failure.message)")
        }
    }
}
