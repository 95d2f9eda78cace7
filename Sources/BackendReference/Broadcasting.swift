import BertCore

/// The offsets of an operand's blocks for each index of a broadcast shape.
struct BroadcastOffsets {
    private let lengths: [Int]
    private let strides: [Int]

    /// Creates offsets of blocks with `blockSize` elements, one for each index of `shape`, broadcast to `target`.
    init(of shape: Shape, in target: Shape, blockSize: Int = 1) {
        lengths = Array(target)
        var strides = [Int](repeating: 0, count: target.count)
        var stride = blockSize
        for axis in shape.indices.reversed() {
            if shape[axis] != 1 { strides[axis + target.count - shape.count] = stride }
            stride *= shape[axis]
        }
        self.strides = strides
    }

    /// Returns the offset for a row-major index into the broadcast shape.
    subscript(index: Int) -> Int {
        var (rest, offset) = (index, 0)
        for axis in lengths.indices.reversed() where lengths[axis] > 1 {
            offset += rest % lengths[axis] * strides[axis]
            rest /= lengths[axis]
        }
        return offset
    }
}
