import ArgumentParser
import Glibc
import Recording
import Telemetry

/// `--metrics-textfile`, of every command that has metrics.
struct TextfileOptions: ParsableArguments {
    @Option(
        name: .customLong("metrics-textfile"),
        help: ArgumentHelp(
            "Also write metrics there, atomically, for node_exporter's textfile collector (NAME.prom).",
            valueName: "path"))
    var path: String?

    @Option(
        name: .customLong("textfile-label"),
        help: ArgumentHelp(
            "A label for all series of that file, where other files have the same; may be repeated.",
            valueName: "name=value"))
    var label: [String] = []

    func validate() throws {
        if path == nil, let first = label.first {
            throw ValidationError("--textfile-label \(first) is for the file of --metrics-textfile PATH")
        }
        var names: Set<String> = []
        for text in label {
            let name: String
            do throws(AddedLabel.Fault) {
                name = try AddedLabel(parsing: text).name
            } catch {
                throw ValidationError("--textfile-label \(error.message)")
            }
            guard names.insert(name).inserted else {
                throw ValidationError("--textfile-label \(text): the label \(name) is given twice")
            }
        }
    }

    /// In the order of their names, so that their order on the command line makes no other series.
    var labels: [AddedLabel] {
        label.compactMap { try? AddedLabel(parsing: $0) }.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
    }

    /// Whose file it is when it holds a store's metrics. The path alone: the name of a container's machine
    /// changes with each start.
    func owner(ofStore place: String) -> TextfileContent.Owner {
        var text = Array(StoreLocation.followed(place).utf8)
        for label in labels { text += [0] + Array("\(label.name)=\(label.value)".utf8) }
        // A path is told to nobody who may read the file.
        return .store(SHA256.hex(SHA256.digest(of: text[...]).prefix(8)))
    }

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
                "--metrics-textfile \(path) cannot be written: \(directory): "
                    + String(cString: strerror(errno)),
                hint: "nothing was started")
        }
    }
}
