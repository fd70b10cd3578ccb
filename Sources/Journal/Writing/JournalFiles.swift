internal import CSystemCalls
internal import MCPSemantics
internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The files of a journal that this process owns: the locked head, the segments, the pointer.
///
/// `@unchecked Sendable`: the pump and the recorder share it. What changes is in the head's mapping, where
/// each word has one writer and is read with acquire order, and in `pool`.
final class JournalFiles: @unchecked Sendable {
    let path: String
    let directory: JournalDirectory
    /// The mapping of the head file.
    let head: UnsafeMutableRawPointer
    let pool: SegmentPool
    private let headSize: Int
    /// Holds the lock until it is closed, or the process ends in whatever way.
    private let descriptor: Int32
    private let pointer: JournalPointer
    private let system: SystemCalls

    /// Makes the journal of `session` in `directory` and writes its pointer.
    ///
    /// It is locked before anything is in it, and looked at again after that: whoever recovers may have taken
    /// the new, still empty directory for one that a crash left behind, and removed it.
    init(
        session: SessionID, description: [UInt8], in directory: JournalDirectory, pointers: String,
        options: JournalOptions, system: SystemCalls
    ) throws(JournalFailure) {
        guard description.count <= HeadLayout.descriptionLimit, pointers.utf8.count <= HeadLayout.pathLimit
        else {
            throw JournalFailure(.refused, "the session's description or the store's path is too long")
        }
        path = directory.path + "/" + session.text
        self.directory = directory
        self.system = system
        headSize = HeadLayout.size(description: description.count, path: pointers.utf8.count)
        pointer = JournalPointer(directory: pointers, session: session.text)
        (head, descriptor) = try Self.makeHead(path, size: headSize, system: system)
        pool = SegmentPool(
            directory: path, isOnDisk: !directory.isMemoryBacked, options: options, system: system)
        describe(description, pointers: pointers)
        system.reached("journal.described")
        do throws(JournalFailure) {
            pool.addFree(try pool.make())
            if options.isDurable { try syncAll() }
        } catch {
            remove()
            throw error
        }
        system.reached("journal.made")
    }

    deinit {
        while pool.trim(keeping: 0) {}
        _ = system.unmap(head, headSize)
        _ = system.close(descriptor)
    }

    /// Writes the pointer file. Without it the journal is found only in the directories that are known
    /// anyway.
    func point() throws(JournalFailure) {
        let directory = String(pointer.path[..<(pointer.path.lastIndex(of: "/") ?? pointer.path.endIndex)])
        try JournalDirectory.makeWithParents(directory, system: system)
        try pointer.write(path, system: system)
        system.reached("journal.pointed")
    }

    /// Removes everything from the file system; the mappings stay until this object goes.
    ///
    /// The pointer goes last: a crash half-way leaves a pointer to what is left, and recovery ends it.
    func remove() {
        system.reached("journal.removing")
        guard JournalRemoval.removeFiles(of: path, system: system) else { return }
        pointer.remove(system: system)
        system.reached("journal.removed")
    }

    // MARK: Words of the head

    /// Every offset below it is complete.
    var committed: UInt64 { csystem_load_acquire(word(HeadLayout.committedAt)) }

    /// Every offset below it is durably in the store.
    var recorded: UInt64 {
        get { csystem_load_acquire(word(HeadLayout.recordedAt)) }
        set { csystem_store_release(word(HeadLayout.recordedAt), newValue) }
    }

    /// Every offset below it is on the disk.
    var synced: UInt64 {
        get { csystem_load_acquire(word(HeadLayout.syncedAt)) }
        set { csystem_store_release(word(HeadLayout.syncedAt), newValue) }
    }

    /// Bytes are going by without a record right now.
    var isLosing: Bool { csystem_load_acquire(word(HeadLayout.lossAt)) != 0 }

    /// The word that the recorder sleeps on.
    var sleeps: UnsafeMutablePointer<UInt32> {
        (head + HeadLayout.sleepsAt).assumingMemoryBound(to: UInt32.self)
    }

    func word(_ at: Int) -> UnsafeMutablePointer<UInt64> { (head + at).assumingMemoryBound(to: UInt64.self) }

    /// Puts the head on the disk.
    func syncHead() -> Int { system.syncMapping(head, 4096) }

    // MARK: Making

    private static func makeHead(
        _ path: String, size: Int, system: SystemCalls
    ) throws(JournalFailure) -> (UnsafeMutableRawPointer, Int32) {
        // Recovery removes an empty journal at most once between two looks at it; ten times is a fault.
        for _ in 0..<10 {
            try JournalDirectory.make(path, system: system)
            var descriptor: Int32 = -1
            let headPath = path + "/" + HeadLayout.fileName
            do throws(JournalFailure) {
                let head = try MappedFile.make(
                    headPath, size: size, system: system, descriptor: &descriptor,
                    ready: { (open) throws(JournalFailure) in
                        let answer = system.lock(open, LOCK_EX | LOCK_NB)
                        guard answer >= 0 else { throw JournalFailure("lock", headPath, answer: answer) }
                    })
                if JournalRemoval.isSameFile(descriptor, headPath, system: system) {
                    return (head, descriptor)
                }
                _ = system.unmap(head, size)
                _ = system.close(descriptor)
            } catch {
                _ = system.removeDirectory(path)
                guard error.errno == ENOENT || error.errno == EWOULDBLOCK else { throw error }
            }
        }
        throw JournalFailure(.system, "cannot make \(path): somebody keeps removing it")
    }

    private func describe(_ description: [UInt8], pointers: String) {
        func put(_ value: Int, at offset: Int) {
            head.storeBytes(of: UInt32(value).littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        put(Int(HeadLayout.version), at: HeadLayout.versionAt)
        put(description.count, at: HeadLayout.descriptionLengthAt)
        put(pointers.utf8.count, at: HeadLayout.pointersLengthAt)
        let boot = (SessionClock.bootID(system: system) ?? "").utf8.prefix(HeadLayout.bootSize)
        UnsafeMutableRawBufferPointer(start: head + HeadLayout.bootAt, count: HeadLayout.bootSize)
            .copyBytes(from: boot)
        UnsafeMutableRawBufferPointer(start: head + HeadLayout.descriptionAt, count: description.count)
            .copyBytes(from: description)
        UnsafeMutableRawBufferPointer(
            start: head + HeadLayout.descriptionAt + description.count, count: pointers.utf8.count
        ).copyBytes(from: pointers.utf8)
        csystem_store_release(word(HeadLayout.magicAt), HeadLayout.magic.littleEndian)
    }

    private func syncAll() throws(JournalFailure) {
        try MappedFile.syncDirectory(path, system: system)
        try MappedFile.syncDirectory(directory.path, system: system)
        let answer = system.syncMapping(head, headSize)
        guard answer >= 0 else { throw JournalFailure("sync", path, answer: answer) }
    }
}
