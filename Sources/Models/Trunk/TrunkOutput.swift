public import BertCore

/// What a trunk has computed.
public struct TrunkOutput: Sendable {
    /// After the last layer.
    let state: ActiveSequences
    /// What was asked for beside, and where tokens lie.
    public let states: TrunkStates
    /// What it was computed on.
    public let backend: any ComputeBackend
    /// Which of the computed rows were asked for, in their order; all if nil.
    let given: [Int]?
    /// What a head leaves out, in training.
    public let dropout: PartDropout?

    /// `[rows, hidden]`, of the tokens that were asked for.
    public func hidden() throws -> Tensor {
        guard let given, !given.elementsEqual(0..<state.hidden.shape.rowCount) else { return state.hidden }
        return try backend.gatherRows(state.hidden, indices: backend.indices(given.map(Int32.init)))
    }

    /// The hidden states of the first token of each sequence that is still there, `[sequences, hidden]`.
    public func firstTokens() throws -> Tensor { try state.firstTokens(on: backend) }
}
