import Glibc
import Platform
import Recording
import Store

/// `-o FILE` of a recording, and `--no-store`: the file that is written at its end, beside what is in the
/// store or instead of it.
struct OutputFile {
    /// As it was typed.
    let path: String
    /// Nothing else is kept.
    let isOnly: Bool

    /// How long the end waits for the recorder: a file is asked for now.
    static let patience = Duration.seconds(30)

    /// That it cannot be written must be known before anything is started.
    func check() throws(Failure) {
        let absolute = StoreLocation.absolute(path)
        let slash = absolute.lastIndex(of: "/") ?? absolute.startIndex
        let directory = slash == absolute.startIndex ? "/" : String(absolute[..<slash])
        var facts = stat()
        if stat(absolute, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
            throw Failure(125, "-o \(path) is a directory")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw Failure(
                125, "-o \(path) cannot be written: \(directory): \(String(cString: strerror(errno)))",
                hint: "nothing was started")
        }
    }

    /// Where the recording lies until the file is written: the store, or, when nothing else is kept, one of
    /// its own beside the file, `.NAME.recording`.
    func place(store: String) -> String {
        guard isOnly else { return store }
        let absolute = StoreLocation.absolute(path)
        let slash = absolute.lastIndex(of: "/") ?? absolute.startIndex
        return absolute[...slash] + "." + absolute[absolute.index(after: slash)...] + ".recording"
    }

    /// Writes the sessions that `includes` says, in the order in which they began, and removes what is not to
    /// be kept.
    func write(
        from store: String, system: SystemCalls, _ includes: (SessionDescription) -> Bool
    ) throws(Failure) {
        do {
            let opened = try Store.open(store, access: .read, system: system)
            let ids = try opened.sessions().map(\.description).filter(includes).map(\.id)
            guard !ids.isEmpty else { throw Failure(Failure.io, "no session was recorded") }
            try RecordingFileOutput.write(
                ids.reversed(), of: opened, to: StoreLocation.absolute(path), system: system)
            if isOnly { try ScratchStore.remove(store) }
        } catch {
            throw Failure(Failure.io, "\(path) was not written: \(Failure.explaining(error).message)")
        }
    }
}
