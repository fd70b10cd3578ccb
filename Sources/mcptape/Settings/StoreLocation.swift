import Glibc
import Store

/// Which store a command works on, and why that one.
struct StoreLocation {
    /// Absolute.
    var path: String
    var origin: SettingOrigin
    /// What whoever writes there keeps of what is old.
    var retention = RetentionPolicy.standard
    /// From how long on readers call an exchange slow. Nanoseconds.
    var slow = Settings.standardSlow

    /// Flag, environment, configuration file, default, in this order.
    ///
    /// Hosts start servers with a stripped environment, so the default needs nothing but the user id: HOME
    /// comes from the user database when it is unset.
    static func resolve(
        flag: String?, _ configuration: Configuration?
    ) throws -> StoreLocation {
        var location = try chosen(flag: flag, configuration)
        if let retention = configuration?.retention { location.retention = retention.policy }
        if let slow = configuration?.slow { location.slow = slow.value }
        return location
    }

    private static func chosen(flag: String?, _ configuration: Configuration?) throws -> StoreLocation {
        if let flag {
            if flag.isEmpty { throw Failure(Failure.usage, "--store is empty") }
            return StoreLocation(path: absolute(flag), origin: .flag("--store"))
        }
        if let value = environment("MCPTAPE_STORE") {
            return StoreLocation(path: absolute(value), origin: .environment("MCPTAPE_STORE"))
        }
        if let configuration, let store = configuration.store {
            return StoreLocation(
                path: store.value, origin: .file(configuration.file.path, line: store.line))
        }
        return StoreLocation(path: try standardPath(), origin: .standard)
    }

    /// `$XDG_STATE_HOME/mcptape`, that is `~/.local/state/mcptape`. A relative XDG value is invalid and
    /// ignored. Source: XDG Base Directory Specification 0.8.
    static func standardPath() throws -> String {
        if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/mcptape" }
        return try homePath()
    }

    /// The default without XDG_STATE_HOME.
    static func homePath() throws -> String { try home() + "/.local/state/mcptape" }

    /// HOME, else the home directory that the user database names.
    static func home() throws -> String {
        if let home = environment("HOME"), home.hasPrefix("/") { return home }
        if let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir {
            let path = String(cString: directory)
            if path.hasPrefix("/") { return path }
        }
        throw Failure(
            Failure.io, "HOME is not set and user \(getuid()) has no home directory in the user database",
            hint: "say --store DIR")
    }

    /// The value of a variable that is set and not empty.
    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// `path` seen from the working directory, `~` included for what a shell did not expand.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/"), let home = try? home() { return home + path.dropFirst(1) }
        return currentDirectory() + "/" + path
    }

    /// The same with links followed, where the file is there.
    static func followed(_ path: String) -> String {
        let absolute = absolute(path)
        guard let resolved = realpath(absolute, nil) else { return absolute }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func currentDirectory() -> String {
        guard let pointer = getcwd(nil, 0) else { return "." }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
