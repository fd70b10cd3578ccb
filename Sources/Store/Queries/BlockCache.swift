/// The blocks that were decoded last. Their numbers are never used again, so nothing here gets stale.
final class BlockCache {
    /// Bytes kept at most, measured before compression: a chapter and a bit, because references stay within a
    /// chapter, so a reader that goes through one decodes each of its blocks once.
    var limit = BlockFormat.chapterSize + (1 << 20)
    private var blocks: [Int64: (block: DecodedBlock, used: Int)] = [:]
    private var bytes = 0
    private var clock = 0

    func block(_ number: Int64) -> DecodedBlock? {
        guard let known = blocks[number] else { return nil }
        clock += 1
        blocks[number]?.used = clock
        return known.block
    }

    func insert(_ block: DecodedBlock, number: Int64) {
        clock += 1
        if let old = blocks.updateValue((block, clock), forKey: number) { bytes -= old.block.raw.count }
        bytes += block.raw.count
        while bytes > limit, blocks.count > 1, let oldest = blocks.min(by: { $0.value.used < $1.value.used })
        {
            blocks[oldest.key] = nil
            bytes -= oldest.value.block.raw.count
        }
    }

}
