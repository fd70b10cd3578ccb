internal import Glibc
public import Platform
internal import Recording

/// Examines a store, also one that cannot be opened, and puts right what can be put right without loss.
public struct Doctor {
    private let path: String
    private let repairs: Bool
    private let system: SystemCalls
    private let directory: StoreDirectory
    var report = DoctorReport()

    /// `repairs`: permissions, rows without a session, journal pointers that lead nowhere, and sessions whose
    /// recorder and journal are both gone.
    public static func examine(
        _ path: String, repairs: Bool, system: SystemCalls = SystemCalls()
    ) -> DoctorReport {
        var doctor = Doctor(path: path, repairs: repairs, system: system)
        doctor.examine()
        return doctor.report
    }

    private init(path: String, repairs: Bool, system: SystemCalls) {
        self.path = path
        self.repairs = repairs
        self.system = system
        directory = StoreDirectory(path: path, system: system)
    }

    private mutating func examine() {
        guard directory.exists(directory.index) else {
            report.add(.problem, "missing", "\(path): there is no store here")
            return
        }
        examinePermissions()
        examineSpace()
        do {
            let store = try Store.open(path, access: repairs ? .write : .read, system: system)
            var content = ContentExamination(store: store, repairs: repairs, report: report)
            try content.run()
            report = content.report
            try examineJournals(store)
        } catch {
            report.add(.problem, Doctor.code(error.kind), error.message)
        }
    }

    private static func code(_ kind: StoreFailure.Kind) -> String {
        switch kind {
        case .missing: "missing"
        case .newer: "newer_store"
        case .damaged: "damaged"
        case .foreign: "foreign"
        case .refused: "refused"
        case .unfinished: "unfinished"
        case .busy: "busy"
        case .full: "full"
        case .io: "io"
        }
    }

    // MARK: Around the index

    private mutating func examinePermissions() {
        examineMode(path + "/.", shown: path, allowed: 0o700)
        examineMode(directory.journals + "/.", shown: directory.journals, allowed: 0o700)
        for file in directory.files { examineMode(file, shown: file, allowed: 0o600) }
    }

    private mutating func examineMode(_ path: String, shown: String, allowed: mode_t) {
        var facts = stat()
        guard system.status(path, &facts) >= 0, facts.st_mode & 0o077 != 0 else { return }
        let found = "\(shown): others have access (mode \(String(facts.st_mode & 0o7777, radix: 8)))"
        guard repairs else {
            report.add(.repairable, "permissions", "\(found); it should be \(String(allowed, radix: 8))")
            return
        }
        let changed = system.changeMode(path, allowed)
        if changed >= 0 {
            report.add(.repaired, "permissions", "\(found); it is \(String(allowed, radix: 8)) now")
        } else {
            report.add(
                .problem, "permissions",
                StoreFailure(cannot: "set the permissions of", shown, changed).message)
        }
    }

    private mutating func examineSpace() {
        var facts = stat()
        if system.status(directory.index, &facts) >= 0 { report.indexBytes = Int64(facts.st_size) }
        if system.status(directory.index + "-wal", &facts) >= 0 { report.logBytes = Int64(facts.st_size) }
        guard let space = directory.freeSpace() else { return }
        report.freeBytes = Int64(clamping: space.available)
        let floor = min(RetentionPolicy.standard.free ?? 0, Int64(clamping: space.total / 20))
        if Int64(clamping: space.available) < floor {
            report.add(
                .problem, "space",
                "\(path): only \(space.available >> 20) MiB are free; below \(floor >> 20) MiB mcptape"
                    + " removes old recordings and then stops recording")
        }
    }

    private mutating func examineJournals(_ store: Store) throws(StoreFailure) {
        var names: [String] = []
        let listed = system.entries(directory.journals, &names)
        guard listed >= 0 || listed == -Int(ENOENT) else {
            report.add(.problem, "journals", StoreFailure(cannot: "list", directory.journals, listed).message)
            return
        }
        for name in names.sorted() {
            let file = directory.journals + "/" + name
            guard SessionIDText.isWellFormed(name) else {
                report.add(.note, "journals", "\(file): not a session; mcptape did not put it there")
                continue
            }
            let session = SessionID(name)
            if store.isBeingRecorded(session) {
                report.live.append(session)
            } else if let journal = Store.firstLine(of: file, system: system),
                directory.exists(journal + "/head")
            {
                report.waiting.append(session)
                report.add(
                    .note, "journal_waiting",
                    "session \(name): its journal in \(journal) waits to be taken in by the next command",
                    session: session)
            } else {
                try examineLostJournal(session, file, store)
            }
        }
    }

    /// The pointer is there, the journal is not: memory-backed ones go with a reboot or a logout.
    private mutating func examineLostJournal(_ session: SessionID, _ file: String, _ store: Store)
        throws(StoreFailure)
    {
        let text =
            "session \(session.text): its journal is gone (a reboot, a logout); what it still held is lost"
        guard repairs else {
            report.add(.repairable, "journal_lost", text, session: session)
            return
        }
        let removed = system.unlink(file)
        if removed >= 0 {
            try store.markInterrupted(session)
            report.add(.repaired, "journal_lost", text, session: session)
        } else {
            report.add(.problem, "journal_lost", StoreFailure(cannot: "remove", file, removed).message)
        }
    }
}
