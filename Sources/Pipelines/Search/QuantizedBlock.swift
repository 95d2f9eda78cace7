import BertCore

/// Quantized vectors, contiguous in memory.
struct QuantizedBlock: Sendable {
    /// The values of all vectors.
    let rows: HostBuffer
    /// The number of components in a vector.
    let width: Int
    let quantizer: VectorQuantizer

    /// The number of vectors.
    var count: Int { rows.count / quantizer.count(of: width) }

    /// Returns the approximate components, `[count, width]`.
    func tensor(on backend: any ComputeBackend, workers: WorkerPool) throws -> Tensor {
        let buffer = HostBuffer(count: 4 * count * width) { memory in
            let values = memory.bindMemory(to: Float.self)
            nonisolated(unsafe) let whole = values
            workers.forEachRange(count, grain: 256) { write($0, to: whole) }
        }
        return try backend.upload(buffer, shape: [count, width], elementType: .float32)
    }

    /// 1/length of each vector.
    func scales() throws -> [Float] {
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { values in
            try (0..<count).flatMap { row in
                write(row..<row + 1, to: values, at: 0)
                return try VectorBlock.scales(of: UnsafeRawBufferPointer(values), width: width, first: row)
            }
        }
    }

    private func write(_ range: Range<Int>, to values: UnsafeMutableBufferPointer<Float>, at place: Int? = nil) {
        let stored = quantizer.count(of: width)
        let start = (place ?? range.lowerBound) * width
        rows.withUnsafeBytes { bytes in
            quantizer.write(
                UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound * stored..<range.upperBound * stored]),
                width: width, to: UnsafeMutableBufferPointer(rebasing: values[start..<start + range.count * width]))
        }
    }
}
