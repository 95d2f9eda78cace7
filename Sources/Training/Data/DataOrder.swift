import BertCore

/// The order of the examples in an epoch.
public enum DataOrder: Sendable, Hashable {
    /// A different permutation for each epoch, determined by the seed and the epoch (Fisher–Yates with Philox).
    case shuffled(seed: UInt64)
    /// The given indices in each epoch.
    case given([Int])

    /// Returns the indices of an epoch.
    ///
    /// - Parameters:
    ///   - epoch: The number of the epoch, counted from 0.
    ///   - count: The number of examples.
    /// - Throws: ``BertError`` with code `invalidInput` if a given index is out of range, or if there are none.
    public func indices(epoch: Int, count: Int) throws -> [Int] {
        switch self {
        case .shuffled(let seed):
            let philox = Philox(seed: seed, .dataOrder)
            var order = Array(0..<count)
            for last in stride(from: count - 1, to: 0, by: -1) {
                order.swapAt(
                    last,
                    philox.number(below: last + 1, UInt32(truncatingIfNeeded: last), UInt32(truncatingIfNeeded: epoch)))
            }
            return order
        case .given(let indices):
            guard !indices.isEmpty else { throw BertError(.invalidInput, "the data order is empty") }
            if let bad = indices.first(where: { !(0..<count).contains($0) }) {
                throw BertError(
                    .invalidInput, "the index \(bad) in the data order is out of range; examples are 0 to \(count - 1)",
                    key: "data-order",
                    value: .int(bad), limit: .int(count - 1))
            }
            return indices
        }
    }
}
