import BertCore

/// The members of a state dictionary.
struct PickledState {
    /// The tensors, in the order of the pickle.
    var tensors: [(name: String, tensor: PickledTensor)] = []
    /// The other members, each with the error for a model that needs it.
    var unusable: [(name: String, error: BertError)] = []
}
