public import BertCore

/// The output of a trunk.
public struct TrunkOutput: Sendable {
    /// The state after the last layer.
    let state: ActiveSequences
    /// The requested states and the packed sequences.
    public let states: TrunkStates
    /// The backend of the tensors.
    public let backend: any ComputeBackend
    /// The indices of the requested rows among the computed ones, in order; nil for all.
    let given: [Int]?
    /// The dropout of the head, in training.
    public let dropout: PartDropout?

    /// Returns the hidden states `[rows, hidden]` of the requested tokens.
    public func hidden() throws -> Tensor {
        guard let given, !given.elementsEqual(0..<state.hidden.shape.rowCount) else { return state.hidden }
        return try backend.gatherRows(state.hidden, indices: backend.indices(given.map(Int32.init)))
    }

    /// Returns the hidden states of the first token of each active sequence, `[sequences, hidden]`.
    public func firstTokens() throws -> Tensor { try state.firstTokens(on: backend) }
}
