import BertCore

/// The storage of a tracked tensor: its values on the base backend, and its node on a tape.
///
/// Reshaping a tensor keeps its storage, so all views of a result have the same node.
final class TrackedStorage: TensorStorage {
    /// The tape of the node.
    let tape: Int
    /// The number of the node that computed the values.
    let node: Int
    /// The values.
    let value: Tensor
    /// For an embedding table that is a leaf, the row that gets no gradient from lookups (`padding_idx`).
    let paddingRow: Int?

    init(tape: Int, node: Int, value: Tensor, paddingRow: Int? = nil) {
        self.tape = tape
        self.node = node
        self.value = value
        self.paddingRow = paddingRow
    }

    var storageKind: String { "a tape over \(value.storage.storageKind)" }
}
