/// Where things are in a journal's `head` file. All numbers are little-endian.
///
/// The first 512 bytes change while the session runs; a disk writes them as one sector. What follows is
/// records that found no room elsewhere, and from 4096 on what never changes.
enum HeadLayout {
    static let fileName = "head"
    static let magic: UInt64 = 0x6c6e_726a_7470_636d  // "mcptjrnl"
    /// Raised when an older reader would misread; see `JournalRecovery` for what then happens.
    static let version: UInt32 = 1

    /// u64; written last of all when a head is made, so a head that bears it is complete.
    static let magicAt = 0
    static let versionAt = 8
    /// u32, each: the length of the description, and of the pointer directory's path behind it.
    static let descriptionLengthAt = 16
    static let pointersLengthAt = 20
    /// 40 bytes: the boot that the journal was made in, padded with zeros.
    static let bootAt = 32
    static let bootSize = 40

    /// u64 each. Every offset below it is complete. On its own cache line: the pump writes it all the time.
    static let committedAt = 128
    /// Every offset below it is durably in the store.
    static let recordedAt = 192
    /// u32: 1 while the recorder sleeps until it is woken.
    static let sleepsAt = 200
    /// Every offset below it is on the disk; only kept up where the journal lies on one.
    static let syncedAt = 208

    /// The loss that no gap record tells of yet; see `PendingLoss`.
    static let lossAt = 256
    /// u64: once `committed` reaches it, the loss and the overflow are told by records; 0: they are not.
    static let backlogToldAt = 376
    /// u64: bytes of `overflow` in use.
    static let overflowLengthAt = 384
    /// Records (as in a segment, their offset taken from here) that had no room in one.
    static let overflowAt = 512
    static let overflowSize = 4096 - 512

    static let descriptionAt = 4096
    /// A command line may have 2 MiB (Linux ARG_MAX by default); more is no description.
    static let descriptionLimit = 4 << 20
    static let pathLimit = 4096

    /// The length of a head file.
    static func size(description: Int, path: Int) -> Int {
        (descriptionAt + description + path + 4095) & ~4095
    }
}
