import BertCheckpoints
import BertCore

extension StoredTensor {
    /// Returns the tensor with only the given positions of an axis, in this order, in its stored type.
    ///
    /// - Precondition: The axis and the positions exist.
    func keeping(_ positions: [Int], axis: Int) -> StoredTensor {
        let inner = shape[(axis + 1)...].reduce(type.size, *)
        let outer = shape[..<axis].reduce(1, *)
        let length = shape[axis]
        var shape = shape
        shape[axis] = positions.count
        let data = unsafe data.withUnsafeBytes { source in
            unsafe HostBuffer(count: outer * positions.count * inner) { target in
                guard inner > 0 else { return }
                for block in 0..<outer {
                    for (index, position) in positions.enumerated() {
                        let from = (block * length + position) * inner
                        let to = (block * positions.count + index) * inner
                        unsafe target[to..<to + inner].copyBytes(from: source[from..<from + inner])
                    }
                }
            }
        }
        return StoredTensor(name: name, type: type, shape: shape, data: data, source: source)
    }

    /// Returns the first rows followed by the given values, in the stored type.
    ///
    /// - Precondition: The values fill whole rows.
    func appending(_ values: [Float], keepingFirst rows: Int) throws -> StoredTensor {
        let kept = keeping(Array(0..<rows), axis: 0)
        let width = shape.dropFirst().reduce(1, *)
        var shape = shape
        shape[0] = rows + values.count / max(width, 1)
        let float = StoredTensor(
            name: name, type: .float32, shape: [values.count], data: HostBuffer(values), source: source)
        // float64 weights are used in single precision, so this loses nothing.
        let isWide = type == .float64
        let added = isWide ? float.data : try float.converted(to: type.elementType ?? .float32)
        let first = isWide ? try kept.float32() : kept.data
        let data = unsafe HostBuffer(count: first.count + added.count) { target in
            unsafe first.withUnsafeBytes { unsafe target.copyBytes(from: $0) }
            unsafe added.withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[first.count...]).copyBytes(from: $0)
            }
        }
        return StoredTensor(
            name: name, type: isWide ? .float32 : type, shape: shape, data: data, source: source)
    }
}
