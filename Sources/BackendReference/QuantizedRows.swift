import BertCore

/// Rows of integers with one scale per row, see ``Precision/int8``.
struct QuantizedRows: Sendable {
    private let count: Int
    private let width: Int
    /// The values after subtracting the zero point, from −255 to 255.
    private let values: [Int16]
    /// The scale of each row; NaN if an element or the range isn't finite.
    private let scales: [Float]

    /// Quantizes the rows of a weight `[outputs, inputs]` to −127…127, with one scale per row.
    init(weights: UnsafePointer<Float>, count: Int, width: Int) {
        self.init(weights, count, width) { row in
            var greatest: Float = 0
            for first in stride(from: 0, to: width, by: 2) {
                let (one, other) = (row[first], first + 1 < width ? row[first + 1] : 0)
                greatest = max(greatest, max(one, 0) + max(other, 0), max(-one, 0) + max(-other, 0))
            }
            return (size: greatest, steps: 127, low: 0)
        }
    }

    /// Quantizes the rows of a layer's input. The range of each row includes 0.
    init(inputs: UnsafePointer<Float>, count: Int, width: Int) {
        self.init(inputs, count, width) { row in
            let (low, high) = (row.reduce(0, min), row.reduce(0, max))
            return (size: high - low, steps: 255, low: low)
        }
    }

    /// Quantizes rows.
    ///
    /// - Parameter range: Returns the range of a row that is divided into `steps` integers, and its minimum, which
    ///   determines the zero point.
    private init(
        _ elements: UnsafePointer<Float>, _ count: Int, _ width: Int,
        range: (UnsafeBufferPointer<Float>) -> (size: Float, steps: Float, low: Float)
    ) {
        var values = [Int16](repeating: 0, count: count * width)
        var scales = [Float](repeating: 0, count: count)
        for row in 0..<count {
            let elements = UnsafeBufferPointer(start: elements + row * width, count: width)
            let (size, steps, low) = range(elements)
            guard elements.allSatisfy(\.isFinite), size.isFinite else {
                scales[row] = .nan
                continue
            }
            guard size >= 0x1p-119 else { continue }
            let factor = steps / size
            let zero = (-low * factor).rounded(.toNearestOrEven)
            for (index, element) in elements.enumerated() {
                let integer = (element * factor).rounded(.toNearestOrEven)
                values[row * width + index] = Int16(min(integer + zero, steps) - zero)
            }
            scales[row] = size / steps
        }
        (self.count, self.width, self.values, self.scales) = (count, width, values, scales)
    }

    /// Computes the product of each row with each row of `columns` and writes it to `output`, `[rows, columns]`. Sums
    /// are exact.
    func multiply(_ columns: QuantizedRows, into output: UnsafeMutablePointer<Float>, workers: WorkerPool) {
        let work = width * columns.count
        values.withUnsafeBufferPointer { values in
            columns.values.withUnsafeBufferPointer { weights in
                workers.forEachRange(count, grain: max(1, 65_536 / max(work, 1))) { range in
                    for row in range {
                        for column in 0..<columns.count {
                            var sum = 0
                            for k in 0..<width {
                                sum &+= Int(values[row * width + k]) &* Int(weights[column * width + k])
                            }
                            output[row * columns.count + column] =
                                Float(sum) * (scales[row] * columns.scales[column])
                        }
                    }
                }
            }
        }
    }
}
