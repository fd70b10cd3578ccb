import Glibc
import Yams

/// The configuration file: where it is, what it says, and who else could have said it.
struct ConfigurationFile {
    /// Absolute.
    let path: String
    let origin: Origin
    /// Nil: it is empty.
    let root: ConfigurationNode?
    /// Who beside its owner and the administrator may write it, in words; nil when nobody may.
    let otherWriter: String?

    /// What named it.
    enum Origin: String {
        case flag = "--config"
        case environment = "MCPTAPE_CONFIG"
        case standard = "default"
    }

    /// Written by people: far below this, and it is read before the server starts.
    private static let sizeLimit = 1 << 20

    /// The file that the flag, the environment or the default place names; nil when the default place has
    /// none. One `open` that fails is all that this costs without a file.
    static func read(flag: String?) throws(Failure) -> ConfigurationFile? {
        if let flag {
            guard !flag.isEmpty else { throw Failure(Failure.usage, "--config is empty") }
            return try read(StoreLocation.absolute(flag), .flag)
        }
        if let value = StoreLocation.environment("MCPTAPE_CONFIG") {
            return try read(StoreLocation.absolute(value), .environment)
        }
        guard let path = standardPath() else { return nil }
        return try read(path, .standard)
    }

    /// `$XDG_CONFIG_HOME/mcptape/config.yaml`, that is `~/.config/mcptape/config.yaml`. A relative XDG value
    /// is invalid and ignored. Source: XDG Base Directory Specification 0.8.
    static func standardPath() -> String? {
        if let place = StoreLocation.environment("XDG_CONFIG_HOME"), place.hasPrefix("/") {
            return place + "/mcptape/config.yaml"
        }
        return (try? StoreLocation.home()).map { $0 + "/.config/mcptape/config.yaml" }
    }

    private static func read(_ path: String, _ origin: Origin) throws(Failure) -> ConfigurationFile? {
        let what = "the configuration file \(path) (\(origin.rawValue))"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            // A home that may not be looked into has no configuration for us.
            let isAbsent = errno == ENOENT || errno == ENOTDIR || (errno == EACCES && access(path, F_OK) != 0)
            if origin == .standard, isAbsent { return nil }
            throw failure(what, errno)
        }
        defer { close(descriptor) }
        let (text, facts) = try content(of: descriptor, what)
        return ConfigurationFile(
            path: path, origin: origin, root: try composed(text, path),
            otherWriter: FileWriters.others(of: descriptor, facts, path))
    }

    /// The document in another file that a flag or the configuration names: `what` it holds is for messages,
    /// in which the file stands as it was named. Nil when it is empty.
    static func document(_ what: String, in file: String) throws(Failure) -> ConfigurationNode? {
        let what = "\(what) \(file)"
        let descriptor = open(StoreLocation.absolute(file), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(what, errno) }
        defer { close(descriptor) }
        return try composed(try content(of: descriptor, what).text, file)
    }

    private static func content(
        of descriptor: Int32, _ what: String
    ) throws(Failure) -> (text: String, facts: stat) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw failure(what, errno) }
        guard facts.st_mode & S_IFMT != S_IFDIR else {
            throw Failure(Failure.noInput, "\(what) is a directory")
        }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        var filled = 0
        while true {
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(what, errno) }
            if count == 0 { break }
            filled += count
            guard filled <= sizeLimit else {
                throw Failure(
                    Failure.usage, "\(what) is larger than \(sizeLimit) bytes, far beyond what people write")
            }
        }
        guard let text = String(validating: bytes[..<filled], as: UTF8.self) else {
            throw Failure(Failure.usage, "\(what) is not UTF-8")
        }
        return (text, facts)
    }

    private static func failure(_ what: String, _ code: Int32) -> Failure {
        Failure(
            code == ENOENT || code == ENOTDIR
                ? Failure.noInput : code == EACCES ? Failure.refused : Failure.io,
            "cannot read \(what): \(String(cString: strerror(code)))")
    }

    // MARK: YAML

    /// The document as a tree; nil when it is empty.
    static func composed(_ text: String, _ path: String) throws(Failure) -> ConfigurationNode? {
        do {
            // The parser keeps the address of the text, which a short one has on the stack only: the comment
            // makes it long.
            guard let node = try Parser(yaml: text + "\n# end of the configuration\n").singleRoot() else {
                return nil
            }
            let root = ConfigurationNode(file: path, node: node)
            return root.isEmpty ? nil : root
        } catch let error as YamlError {
            throw fault(of: error, path)
        } catch {
            throw Failure(Failure.usage, "\(path): \(error)")
        }
    }

    private static func fault(of error: YamlError, _ path: String) -> Failure {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let text = (context.map { $0.text + ", " } ?? "") + problem
            return ConfigurationNode.fault("not YAML: \(text)", at: mark, of: path)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return ConfigurationNode.fault(
                "the key '\(duplicates.first ?? "")' stands there twice", at: context.mark, of: path)
        case .reader(let problem, _, _, _): return Failure(Failure.usage, "\(path): \(problem)")
        default: return Failure(Failure.usage, "\(path): not YAML")
        }
    }
}

/// Who may write a file beside its owner and the administrator.
enum FileWriters {
    /// In words; nil when nobody may. The directory counts as well: who may write it can put another file in
    /// the place of this one.
    static func others(of descriptor: Int32, _ facts: stat, _ path: String) -> String? {
        var space = statvfs()
        if fstatvfs(descriptor, &space) == 0, space.f_flag & UInt(ST_RDONLY) != 0 { return nil }
        if let who = others(facts) { return "\(path) may be written by \(who)" }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        var above = stat()
        guard stat(directory, &above) == 0 else { return nil }
        // In a sticky directory only the owner of a file may replace it.
        if above.st_mode & S_ISVTX != 0 { return nil }
        return others(above).map { "\(directory) may be written by \($0)" }
    }

    private static func others(_ facts: stat) -> String? {
        if facts.st_uid != geteuid(), facts.st_uid != 0 { return "user \(facts.st_uid)" }
        if facts.st_mode & S_IWOTH != 0 { return "everybody" }
        return facts.st_mode & S_IWGRP != 0 ? "group \(facts.st_gid)" : nil
    }
}
