/// Programs that only start another one, and how to find which.
enum Launcher {
    /// What is behind a launcher.
    enum Step: Equatable {
        /// Another command line, which may begin with a launcher again.
        case command([String])
        /// The package, module, file or image that is run.
        case target(String)
        /// Not a launcher, or one whose words name nothing.
        case unknown
    }

    /// Reads the words after `program`.
    static func step(over program: String, _ words: ArraySlice<String>) -> Step {
        switch program {
        case "npx", "pnpx", "bunx":
            // The package of `-p` names the server only when no command follows.
            return target(
                words, valued: ["-p", "--package", "--registry", "--userconfig", "-w", "--workspace"],
                fallback: ["-p", "--package"], shell: ["-c", "--call"])
        case "npm", "pnpm", "yarn", "bun", "deno": return packageManager(program, words)
        case "uvx": return target(words, valued: uvOptions, fallback: ["--from"])
        case "uv": return uv(words)
        case "pipx":
            guard let rest = after(["run"], in: words) else { return .unknown }
            return target(
                rest, valued: ["--spec", "--python", "--pip-args", "--index-url", "-i"], fallback: ["--spec"])
        case "docker", "podman", "nerdctl": return container(words)
        case "env": return command(words, valued: ["-u", "--unset", "-C", "--chdir", "-S"])
        case "exec", "command", "nohup", "time", "setsid", "dumb-init", "tini":
            return command(words, valued: [])
        case "sudo": return command(words, valued: ["-u", "-g", "-C", "-h", "-p", "--user", "--group"])
        case "nice", "ionice", "stdbuf": return command(words, valued: ["-n", "-c", "-i", "-o", "-e"])
        case "timeout":
            return command(Array(dropOptions(words, valued: ["-k", "-s"]).dropFirst())[...], valued: [])
        case "sh", "bash", "zsh", "dash", "ash", "fish", "ksh", "busybox": return shell(words)
        case "cmd":
            guard let flag = words.firstIndex(where: { $0.lowercased() == "/c" }) else { return .unknown }
            return .command(Array(words[(flag + 1)...]))
        case "java":
            return target(
                words, valued: ["-cp", "-classpath", "--module-path", "-p"], module: ["-jar", "-m"])
        case "dotnet", "go":
            let rest = after(["run"], in: words) ?? after(["exec"], in: words) ?? words
            return target(rest, valued: [], module: ["--project"])
        default: return interpreter(program, words)
        }
    }

    // MARK: Families

    private static let uvOptions: Set<String> = [
        "--from", "--with", "--with-editable", "--with-requirements", "-p", "--python", "--directory",
        "--project",
        "--index", "--index-url", "-i", "--extra-index-url", "--default-index", "--env-file", "--package",
        "--group",
        "--extra", "--refresh-package", "--upgrade-package", "-P", "--cache-dir", "--config-file",
        "--constraints",
        "-c", "--overrides", "--prerelease", "--resolution", "--exclude-newer", "--link-mode", "-w",
        "--find-links",
        "-f", "--color", "--no-group", "--only-group",
    ]

    private static func packageManager(_ program: String, _ words: ArraySlice<String>) -> Step {
        let rest = dropOptions(words, valued: ["-C", "--dir", "--prefix", "--cwd", "-w", "--workspace"])
        guard let verb = rest.first else { return .unknown }
        switch verb {
        case "exec", "dlx", "x":
            return target(
                rest.dropFirst(), valued: ["-p", "--package"], fallback: ["-p", "--package"], shell: ["-c"])
        case "run", "start", "run-script":
            return target(rest.dropFirst(), valued: ["-C", "--cwd", "--env-file", "--config", "-c"])
        default: return program == "bun" || program == "deno" ? .target(verb) : .unknown
        }
    }

    private static func uv(_ words: ArraySlice<String>) -> Step {
        let rest = dropOptions(words, valued: uvOptions)
        if let tool = after(["tool", "run"], in: rest) {
            return target(tool, valued: uvOptions, fallback: ["--from"])
        }
        guard let run = after(["run"], in: rest) else { return .unknown }
        var index = run.startIndex
        while index < run.endIndex, run[index].hasPrefix("-"), run[index] != "-" {
            if ["-m", "--module"].contains(run[index]), index + 1 < run.endIndex {
                return module(run[index + 1])
            }
            if ["-s", "--script", "--"].contains(run[index]) {
                index += 1
                continue
            }
            index += uvOptions.contains(run[index]) ? 2 : 1
        }
        return index < run.endIndex ? .command(Array(run[index...])) : .unknown
    }

    /// Long options of `docker run` without a value; all others have one, or carry it after `=`.
    private static let containerFlags: Set<String> = [
        "--rm", "--interactive", "--tty", "--detach", "--init", "--privileged", "--read-only",
        "--publish-all",
        "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--quiet", "--disable-content-trust",
        "--help",
        "--replace", "--rmi", "--tls-verify", "--no-hosts", "--debug", "--tls", "--tlsverify",
    ]

    private static func container(_ words: ArraySlice<String>) -> Step {
        guard var index = words.firstIndex(where: { ["run", "exec", "start"].contains($0) }) else {
            return .unknown
        }
        index += 1
        while index < words.endIndex, words[index].hasPrefix("-") {
            let word = words[index]
            if word == "--" {
                index += 1
                break
            }
            let takesNext: Bool
            if word.hasPrefix("--") {
                takesNext = !word.contains("=") && !containerFlags.contains(word)
            } else {
                // `-it` are two flags; `-e` takes the next word, `-eKEY` has its value with it.
                let flags = word.dropFirst().prefix { "itdPq".contains($0) }
                takesNext = word.dropFirst().count == flags.count + 1
            }
            index += takesNext ? 2 : 1
        }
        guard index < words.endIndex else { return .unknown }
        // The tag follows the last component's colon, the digest an @; a registry's port has a path after it.
        let image = words[index].prefix { $0 != "@" }
        let name = image.split(separator: "/").last ?? image
        return .target(String(name.prefix { $0 != ":" }))
    }

    private static func shell(_ words: ArraySlice<String>) -> Step {
        let options = words.prefix { $0.hasPrefix("-") || $0.hasPrefix("+") }
        let rest = words[options.endIndex...]
        guard let first = rest.first else { return .unknown }
        guard options.contains(where: { !$0.hasPrefix("--") && $0.hasPrefix("-") && $0.contains("c") }) else {
            return .target(first)
        }
        // What prepares the ground names no server.
        let preparation: Set<String> = [
            "cd", "export", "source", ".", "set", "trap", "echo", "ulimit", "umask", "test",
        ]
        let commands = ShellWords.commands(in: first)
        let command = commands.first { !preparation.contains($0[0]) && !isAssignment($0) }
        return command.map { .command($0) } ?? .unknown
    }

    private static func isAssignment(_ words: [String]) -> Bool { words.allSatisfy { $0.contains("=") } }

    /// Options with a value of the interpreters that run a file, and the options that name code or a module.
    private static func interpreter(_ program: String, _ words: ArraySlice<String>) -> Step {
        let plain = program.prefix { !$0.isNumber && $0 != "." && $0 != "-" }
        switch plain {
        case "python", "pythonw", "pypy", "py":
            return target(
                words, valued: ["-W", "-X", "--check-hash-based-pycs"], module: ["-m"], code: ["-c"])
        case "node", "nodejs", "tsx", "ts", "electron":
            return target(
                words,
                valued: [
                    "-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions",
                    "--env-file", "--tsconfig", "-P", "--project",
                ],
                code: ["-e", "--eval", "-p", "--print"])
        case "ruby", "perl", "php", "lua", "Rscript", "Rscript.exe":
            return target(words, valued: ["-I", "-r"], code: ["-e"])
        default: return .unknown
        }
    }

    // MARK: Reading words

    /// The first word that is no option.
    ///
    /// `module` options name the target themselves; `fallback` options do when no word is left; after a
    /// `code` option there is nothing to name; after a `shell` option stands a command.
    private static func target(
        _ words: ArraySlice<String>, valued: Set<String>, fallback: Set<String> = [],
        module modules: Set<String> = [],
        code: Set<String> = [], shell: Set<String> = []
    ) -> Step {
        var index = words.startIndex
        var substitute: String?
        while index < words.endIndex, words[index].hasPrefix("-"), words[index] != "-" {
            let word = words[index]
            let next = index + 1 < words.endIndex ? words[index + 1] : nil
            if word == "--" {
                index += 1
                break
            }
            if code.contains(word) { return .unknown }
            if modules.contains(word), let next { return module(next) }
            if shell.contains(word), let next {
                return ShellWords.commands(in: next).first.map { .command($0) } ?? .unknown
            }
            if fallback.contains(word) { substitute = next }
            for option in fallback where word.hasPrefix(option + "=") {
                substitute = String(word.dropFirst(option.count + 1))
            }
            index += valued.contains(word) ? 2 : 1
        }
        if index < words.endIndex { return .target(words[index]) }
        return substitute.map { .target($0) } ?? .unknown
    }

    /// `package.submodule` is the package; a path stays what it is.
    private static func module(_ name: String) -> Step {
        name.contains("/") || name.hasSuffix(".jar")
            ? .target(name) : .target(String(name.prefix { $0 != "." }))
    }

    /// A command line behind options.
    private static func command(_ words: ArraySlice<String>, valued: Set<String>) -> Step {
        .command(Array(dropOptions(words, valued: valued)))
    }

    private static func dropOptions(_ words: ArraySlice<String>, valued: Set<String>) -> ArraySlice<String> {
        var index = words.startIndex
        while index < words.endIndex, words[index].hasPrefix("-"), words[index] != "-" {
            if words[index] == "--" { return words[(index + 1)...] }
            index += valued.contains(words[index]) ? 2 : 1
        }
        return index < words.endIndex ? words[index...] : []
    }

    /// What follows when `words` begin with `verbs`.
    private static func after(_ verbs: [String], in words: ArraySlice<String>) -> ArraySlice<String>? {
        words.starts(with: verbs) ? words.dropFirst(verbs.count) : nil
    }
}
