import BertCore

/// Storage of a tensor that gradients are wanted through: its values on the base backend, and its number on a tape.
///
/// Reshaping a tensor keeps its storage, so that views of one result are one node.
final class TrackedStorage: TensorStorage {
    /// The tape that the number belongs to.
    let tape: Int
    /// The number of the node that gives the values.
    let node: Int
    /// The values.
    let value: Tensor
    /// Of a table that is a leaf, the row that lookups give no gradient (`padding_idx`).
    let paddingRow: Int?

    init(tape: Int, node: Int, value: Tensor, paddingRow: Int? = nil) {
        self.tape = tape
        self.node = node
        self.value = value
        self.paddingRow = paddingRow
    }

    var storageKind: String { "a tape over \(value.storage.storageKind)" }
}
