import ArgumentParser
import Glibc

/// `--metrics-textfile`, of every command that has metrics.
struct TextfileOptions: ParsableArguments {
    @Option(
        name: .customLong("metrics-textfile"),
        help: ArgumentHelp(
            "Also write metrics there, atomically, for node_exporter's textfile collector (NAME.prom).",
            valueName: "path"))
    var path: String?

    /// That it cannot be written must be known before a server is started: later nobody is told, because
    /// hosts paint every line on standard error as the server's error.
    func check() throws(Failure) {
        guard let path else { return }
        let absolute = StoreLocation.followed(path)
        let slash = absolute.lastIndex(of: "/") ?? absolute.startIndex
        let directory = slash == absolute.startIndex ? "/" : String(absolute[..<slash])
        var facts = stat()
        if stat(absolute, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            throw Failure(
                125, "--metrics-textfile \(path) is not a regular file", hint: "nothing was started")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw Failure(
                125,
                "--metrics-textfile \(path) cannot be written: \(directory): \(String(cString: strerror(errno)))",
                hint: "nothing was started")
        }
    }
}
