/// The storage of one or more tensors, as described by a pickle.
struct PickledStorage {
    /// The name of the entry under `data/`.
    let key: String
    /// The element type; nil for untyped bytes.
    let type: SafetensorsType?
    /// The number of elements.
    let count: Int

    /// The size in bytes; nil if it overflows.
    var byteCount: Int? {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: type?.size ?? 1)
        return overflow ? nil : bytes
    }
}

/// A tensor as described by a pickle. Numbers are nonnegative; nothing else has been checked.
struct PickledTensor {
    let storage: PickledStorage
    let type: SafetensorsType
    /// The offset in the storage, in elements, like the strides.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// The number of elements; nil if it overflows.
    var elementCount: Int? {
        if shape.contains(0) { return 0 }
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// The end of the tensor in the storage; nil if it overflows.
    var endInStorage: Int? {
        if shape.contains(0) { return 0 }
        var end = offset
        for (length, stride) in zip(shape, strides) {
            let (reach, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = end.addingReportingOverflow(reach)
            if overflow || sumOverflow { return nil }
            end = sum
        }
        let (past, overflow) = end.addingReportingOverflow(1)
        return overflow ? nil : past
    }

    /// Whether the elements are contiguous and row-major.
    var isContiguous: Bool {
        var expected = 1
        for (length, stride) in zip(shape, strides).reversed() where length != 1 {
            if stride != expected { return false }
            expected *= length
        }
        return true
    }

    /// The offsets of the elements in the storage, in row-major order.
    ///
    /// - Precondition: ``elementCount`` and ``endInStorage`` are within the storage.
    var elementOffsets: some Sequence<Int> {
        // The strides of axes with length 1 are arbitrary and must not be used.
        let axes = shape.indices.filter { shape[$0] > 1 }
        var index = [Int](repeating: 0, count: shape.count)
        var next: Int? = offset
        return AnyIterator {
            guard let current = next else { return nil }
            next = nil
            var place = current
            for axis in axes.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] {
                    next = place
                    break
                }
                place -= shape[axis] * strides[axis]
                index[axis] = 0
            }
            return current
        }
    }
}
