/// Derives a session's server name from its argv, without reading the wire.
///
/// Launchers are stepped over; what is left is a package, a module, a file or an image, of which the name
/// without scope, version, path and extension is taken:
/// `npx -y @modelcontextprotocol/server-github@1.2` is `server-github`,
/// `docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:v1` is `github-mcp-server`.
public enum ServerName {
    /// Bytes of a name: it stands in tables and in metric labels.
    public static let lengthLimit = 64

    /// Launchers inside launchers (`sh -c "exec uv run python -m x"`) that are stepped over.
    static let launcherLimit = 8

    /// The name for a server that `command` starts; `server` when the command does not tell one.
    public static func derived(from command: [String]) -> String {
        var words = command[...]
        for _ in 0..<launcherLimit {
            words = withoutAssignments(words)
            guard let first = words.first else { break }
            switch Launcher.step(over: program(first), words.dropFirst()) {
            case .command(let rest) where !rest.isEmpty: words = rest[...]
            case .target(let target): return presentable(package(target)) ?? "server"
            case .command, .unknown: return presentable(package(first)) ?? "server"
            }
        }
        return words.first.flatMap { presentable(package($0)) } ?? "server"
    }

    /// The name for an HTTP server: the host of `url`, with its port when one is written, without user-info.
    public static func derived(fromURL url: String) -> String {
        let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        return presentable(String(authority.split(separator: "@").last ?? "")) ?? "server"
    }

    /// Why `name` could not be typed as RECORDING, as the end of a sentence that begins with it; nil when it
    /// can.
    public static func fault(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.hasPrefix("-") { return "begins like a flag" }
        if name.hasPrefix("run:") { return "means a run" }
        let reference: RecordingReference
        do throws(RecordingReference.Failure) {
            reference = try RecordingReference(parsing: name)
        } catch {
            return "has a '~' or '#', which stand for an older session and for an exchange"
        }
        switch reference.target {
        case .file: return "would be read as the path of a file"
        case .last: return "means the newest session"
        case .run, .lastRun: return "means a run"
        case .word(name, before: 0): return nil
        case .word: return "has a '~' or '#', which stand for an older session and for an exchange"
        }
    }

    /// The file name of a program without the suffixes that Windows and shims add.
    static func program(_ path: String) -> String {
        let name = path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? path
        for suffix in [".exe", ".cmd", ".bat"] where name.lowercased().hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }

    /// `KEY=value KEY=value program …` is the program.
    private static func withoutAssignments(_ words: ArraySlice<String>) -> ArraySlice<String> {
        words.drop { word in
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return false }
            return word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
    }

    /// Strips scope, version, extras, path, registry, revision and extension.
    static func package(_ text: String) -> String {
        var rest = text[...]
        for prefix in ["npm:", "jsr:", "git+"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
        }
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
        }
        // The last component that says something: `weather/build/index.js` is `weather`.
        let components = rest.split(whereSeparator: { $0 == "/" || $0 == "\\" })
        let informative = components.reversed().map { component($0) }
        let name = informative.first { !generic.contains($0) } ?? informative.first
        return name.map(String.init) ?? String(rest)
    }

    /// File and directory names that every project has.
    private static let generic: Set<Substring> = [
        "index", "main", "__main__", "dist", "build", "src", "lib", "bin", "out", ".", "..", "",
    ]

    /// One path component without version, extras and extension; an npm scope alone is nothing.
    private static func component(_ text: Substring) -> Substring {
        var name = text
        if name.hasPrefix("@") {
            return ""
        }
        if let end = name.firstIndex(where: { "@[=<>~!;,".contains($0) }) { name = name[..<end] }
        for suffix in extensions where name.hasSuffix(suffix) && name.count > suffix.count {
            return name.dropLast(suffix.count)
        }
        return name
    }

    private static let extensions = [
        ".py", ".pyz", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".sh", ".rb", ".jar", ".dll", ".exe",
        ".php",
        ".pl", ".git", ".csproj", ".go", ".tgz", ".whl",
    ]

    /// Without control characters, and cut; nil when nothing is left.
    private static func presentable(_ name: String) -> String? {
        var text = ""
        for scalar in name.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.isWhitespace
            // What means something in RECORDING.
            let isSpecial = scalar == "~" || scalar == "#"
            let next: Unicode.Scalar = isControl || isSpecial ? "_" : scalar
            guard text.utf8.count + UTF8.width(next) <= lengthLimit else { break }
            text.unicodeScalars.append(next)
        }
        return fault(of: text) == nil ? text : nil
    }
}
