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
    /// Several processes may record for it: each has a place of its own until it is written.
    var isShared = false

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
        let place = absolute[...slash] + "." + absolute[absolute.index(after: slash)...] + ".recording"
        return isShared ? "\(place)-\(getpid())" : String(place)
    }

    /// Writes the sessions that `includes` says, in the order in which they began, and removes what is not to
    /// be kept.
    func write(
        from store: String, system: SystemCalls, _ includes: (SessionDescription) -> Bool
    ) throws(Failure) {
        try hand(
            store,
            to: { [path] opened in
                let ids = try opened.sessions().map(\.description).filter(includes).map(\.id)
                guard !ids.isEmpty else { throw Failure(Failure.io, "no session was recorded") }
                try RecordingFileOutput.write(
                    ids.reversed(), of: opened, to: StoreLocation.absolute(path), system: system)
            }, system: system)
    }

    /// Hands what was recorded to `keep`, which makes the file of it, and removes what is not to be kept.
    func hand(
        _ store: String, to keep: (any RecordingSource) throws -> Void, system: SystemCalls
    ) throws(Failure) {
        do {
            try keep(try Store.open(store, access: .read, system: system))
            if isOnly { try ScratchStore.remove(store) }
        } catch {
            let kept = isOnly ? "; it is kept: mcptape export --store \(store) last -o \(path)" : ""
            throw Failure(
                Failure.io, "\(path) was not written: \(Failure.explaining(error).message)\(kept)")
        }
    }
}
