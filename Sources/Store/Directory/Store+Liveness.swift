internal import Glibc
internal import Platform
public import Recording

extension Store {
    /// True while a process holds the lock of the session's journal, so also while one recovers it.
    ///
    /// `<store>/journals/<session>` names the journal's directory; its `head` is locked by its recorder, and
    /// the lock dies with that process. No process number is ever guessed at.
    public func isBeingRecorded(_ session: SessionID) -> Bool {
        guard SessionIDText.isWellFormed(session.text),
            let path = Store.firstLine(of: journalsDirectory + "/" + session.text, system: system)
        else { return false }
        let opened = system.open(path + "/head", O_RDONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return false }
        defer { _ = system.close(Int32(opened)) }
        let result = system.lock(Int32(opened), LOCK_SH | LOCK_NB)
        if result >= 0 { _ = system.lock(Int32(opened), LOCK_UN) }
        return result == -Int(EWOULDBLOCK)
    }

    /// True while the session has no end and a process records it, be it a listener with other sessions.
    func isLive(_ session: SessionID) throws(StoreFailure) -> Bool {
        if isBeingRecorded(session) { return true }
        let query = try database.statement("SELECT description, ended FROM session WHERE id = ?1")
        defer { query.reset() }
        query.bind(1, session.text)
        guard try query.step(), query.optionalInteger(1) == nil,
            let listener = SessionDescription(json: query.textBytes(0)[...])?.listener
        else { return false }
        return isBeingRecorded(listener)
    }

    /// The first line of a small file.
    static func firstLine(of path: String, system: SystemCalls) -> String? {
        let opened = system.open(path, O_RDONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return nil }
        defer { _ = system.close(Int32(opened)) }
        // A path has at most PATH_MAX, 4096 bytes.
        var bytes = [UInt8](repeating: 0, count: 4097)
        let count = bytes.withUnsafeMutableBytes { buffer -> Int in
            guard let start = buffer.baseAddress else { return 0 }
            return system.read(Int32(opened), start, buffer.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self)
    }
}
