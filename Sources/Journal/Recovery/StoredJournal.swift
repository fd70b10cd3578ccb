internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A journal that another process left, locked by us.
///
/// Everything is read with `pread`, and nothing in it is trusted: a truncated, torn or foreign file gives an
/// outcome and never a fault.
struct StoredJournal {
    /// What the head of a journal turns out to be.
    enum Content {
        case journal(StoredJournal)
        /// Its owner, or somebody who recovers it, holds the lock.
        case owned
        /// There is no head file.
        case missing
        /// Its owner was killed while it made the journal: no traffic ever was in it.
        case unfinished(StoredFile)
        case newer(version: UInt32)
        case damaged(String)
    }

    let path: String
    let head: StoredFile
    var description: SessionDescription
    /// The pointer directory of the store that it belongs to.
    var pointers: String
    /// Records below it are complete.
    var committed: UInt64
    var loss: PendingLoss
    /// The events that found no room in a segment.
    var overflow: [TransportEvent]

    /// Opens and locks the journal at `path`. A `journal` or `unfinished` must be closed by the caller, which
    /// gives the lock back.
    static func open(_ path: String, system: SystemCalls) throws(JournalFailure) -> Content {
        let headPath = path + "/" + HeadLayout.fileName
        let head: StoredFile
        do throws(JournalFailure) {
            head = try StoredFile(headPath, system: system)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return .missing }
            throw error
        }
        var content = Content.owned
        var isKept = false
        defer { if !isKept { head.close() } }
        let locked = system.lock(head.descriptor, LOCK_EX | LOCK_NB)
        if locked == -Int(EWOULDBLOCK) { return .owned }
        guard locked >= 0 else { throw JournalFailure("lock", headPath, answer: locked) }
        // Somebody recovered and removed it between our look and our lock.
        guard JournalRemoval.isSameFile(head.descriptor, headPath, system: system) else { return .missing }
        content = try parse(head, path: path, system: system)
        switch content {
        case .journal, .unfinished: isKept = true
        case .owned, .missing, .newer, .damaged: break
        }
        return content
    }

    func close() { head.close() }

    private static func parse(
        _ head: StoredFile, path: String, system: SystemCalls
    ) throws(JournalFailure) -> Content {
        let bytes = try head.read(HeadLayout.descriptionAt, at: 0)
        func word(_ at: Int) -> UInt64 {
            bytes.withUnsafeBytes {
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            }
        }
        func half(_ at: Int) -> Int { Int(word(at & ~7) >> (at & 4 == 0 ? 0 : 32) & 0xffff_ffff) }
        // Made but not described yet: its length comes first, the magic last.
        guard bytes.count == HeadLayout.descriptionAt else { return .unfinished(head) }
        guard word(HeadLayout.magicAt) == HeadLayout.magic else {
            return word(HeadLayout.magicAt) == 0 && word(HeadLayout.committedAt) == 0
                ? .unfinished(head) : .damaged("\(head.path) does not begin like a journal")
        }
        let version = UInt32(half(HeadLayout.versionAt))
        guard version == HeadLayout.version else {
            return version > HeadLayout.version
                ? .newer(version: version) : .damaged("\(head.path) has format version \(version)")
        }
        let lengths = (half(HeadLayout.descriptionLengthAt), half(HeadLayout.pointersLengthAt))
        guard lengths.0 <= HeadLayout.descriptionLimit, lengths.1 <= HeadLayout.pathLimit else {
            return .damaged("\(head.path) states a description of \(lengths.0) bytes")
        }
        let rest = try head.read(lengths.0 + lengths.1, at: HeadLayout.descriptionAt)
        guard rest.count == lengths.0 + lengths.1,
            let description = SessionDescription(json: rest[..<lengths.0]),
            let pointers = String(validating: rest[lengths.0...], as: UTF8.self)
        else { return .damaged("\(head.path) does not say which session it belongs to") }

        let isThisBoot = try isThisBoot(
            bytes[HeadLayout.bootAt..<HeadLayout.bootAt + HeadLayout.bootSize], system)
        let committed = word(HeadLayout.committedAt)
        let told = word(HeadLayout.backlogToldAt)
        let isTold = told != 0 && committed >= told
        let overflowLength = min(Int(clamping: word(HeadLayout.overflowLengthAt)), HeadLayout.overflowSize)
        var overflow: [TransportEvent] = []
        let overflowBytes = bytes[HeadLayout.overflowAt..<HeadLayout.overflowAt + overflowLength]
        RecordRun(bytes: isTold ? [] : Array(overflowBytes), offset: 0).forEach { overflow.append($0) }
        return .journal(
            StoredJournal(
                path: path, head: head, description: description, pointers: pointers,
                committed: isThisBoot ? committed : min(committed, word(HeadLayout.syncedAt)),
                loss: isTold
                    ? PendingLoss(gap: nil)
                    : bytes.withUnsafeBytes {
                        PendingLoss.load(from: UnsafeRawBufferPointer(rebasing: $0[HeadLayout.lossAt...]))
                    },
                overflow: overflow))
    }

    /// False after a restart: then what was not synced may be anything. Where boots have no id it cannot be
    /// told, and being killed is the likelier of the two.
    private static func isThisBoot(
        _ field: ArraySlice<UInt8>, _ system: SystemCalls
    ) throws(JournalFailure) -> Bool {
        let boot = field.prefix { $0 != 0 }
        guard !boot.isEmpty else { return true }
        return boot.elementsEqual(try SessionClock.currentBootID(system: system).utf8.prefix(field.count))
    }
}
