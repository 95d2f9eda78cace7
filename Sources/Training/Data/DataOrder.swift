import BertCore

/// In which order the examples of an epoch are taken.
public enum DataOrder: Sendable, Hashable {
    /// Another permutation in each epoch, which seed and epoch determine (Fisher and Yates with numbers of Philox).
    case shuffled(seed: UInt64)
    /// The given indices, the same in each epoch.
    case given([Int])

    /// The indices of an epoch.
    ///
    /// - Parameters:
    ///   - epoch: counted from 0.
    ///   - count: how many examples there are.
    /// - Throws: ``BertError`` with code `invalidInput` for a given index that is not there, or none at all.
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
            guard !indices.isEmpty else { throw BertError(.invalidInput, "the data order has no index") }
            if let bad = indices.first(where: { !(0..<count).contains($0) }) {
                throw BertError(
                    .invalidInput, "the data order has \(bad); the examples are 0 to \(count - 1)", key: "data-order",
                    value: .int(bad), limit: .int(count - 1))
            }
            return indices
        }
    }
}
