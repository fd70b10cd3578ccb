import Wire

/// Frames put together again are the lane's bytes, whatever the part size and the cuts.
///
/// The first two bytes choose the part size and the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLines(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let partSize = Int(input[0]) + 1
    let lane = input[2...]

    var framer = LineFramer(partSize: partSize)
    var together: [UInt8] = []
    var isInside = false
    func receive(_ frame: LineFramer.Frame) {
        precondition(frame.isFirst != isInside, "a first part inside a line, or none at its beginning")
        precondition(frame.isLast || frame.bytes.count == partSize, "a part of another size")
        precondition(frame.isLast || !frame.hasLineFeed, "a line feed before the last part")
        isInside = !frame.isLast
        together += frame.bytes
        if frame.hasLineFeed { together.append(0x0A) }
    }
    var rest = lane
    var step = Int(input[1]) + 1
    while !rest.isEmpty {
        framer.push(rest.prefix(step), receive)
        rest = rest.dropFirst(step)
        if step % 5 == 0 {
            framer = LineFramer(
                partSize: partSize, pending: framer.pending, isInsideLine: framer.isInsideLine)
        }
        step = step % 47 + 1
    }
    if let frame = framer.finish() { receive(frame) }
    precondition(together == Array(lane), "the frames are not the lane")
    return 0
}
