internal import Glibc
public import Platform

extension AtomicFile {
    /// Removes what writers of `path` left beside it when they were killed: files that no process writes any
    /// more. What cannot be removed stays.
    public static func removeAbandoned(beside path: String, system: SystemCalls = SystemCalls()) {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "" : String(path[..<$0]) } ?? "."
        let prefix = (slash.map { String(path[path.index(after: $0)...]) } ?? path) + "."
        var names: [String] = []
        guard system.entries(directory.isEmpty ? "/" : directory, &names) >= 0 else { return }
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            let numbers = name.dropFirst(prefix.count).dropLast(4).split(separator: "-")
            guard numbers.count == 2, Int64(numbers[1]) != nil, let writer = Int32(numbers[0]), writer > 0,
                kill(writer, 0) != 0, errno == ESRCH
            else { continue }
            _ = system.unlink("\(directory)/\(name)")
        }
    }
}
