/// The memory of one or several tensors, as a pickle names it.
struct PickledStorage {
    /// The entry's name under `data/`.
    let key: String
    /// Nil for bytes.
    let type: SafetensorsType?
    /// In elements.
    let count: Int

    /// Nil if 64 bits can't count them.
    var byteCount: Int? {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: type?.size ?? 1)
        return overflow ? nil : bytes
    }
}

/// A tensor as a pickle describes it: no number is negative, and nothing else is checked.
struct PickledTensor {
    let storage: PickledStorage
    let type: SafetensorsType
    /// In elements, as are the strides.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Nil if 64 bits can't count them.
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

    /// The position after the last element in the storage; nil if it overflows 64 bits.
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

    /// Whether the elements lie row by row without a gap.
    var isContiguous: Bool {
        var expected = 1
        for (length, stride) in zip(shape, strides).reversed() where length != 1 {
            if stride != expected { return false }
            expected *= length
        }
        return true
    }

    /// Where the elements lie in the storage, row by row.
    ///
    /// - Precondition: ``elementCount`` and ``endInStorage`` are within the storage.
    var elementOffsets: some Sequence<Int> {
        // An axis of one element can have any stride, with which nothing may be computed.
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
