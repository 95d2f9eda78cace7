import BertCore

/// What an encoder has computed.
struct EncoderRun {
    /// After the last layer.
    let state: EncoderState
    /// What was asked for beside.
    let states: EncoderStates
    let backend: any ComputeBackend
    /// Which of the computed rows were asked for, in their order; all if nil.
    let given: [Int]?

    /// `[rows, hidden]`, of the tokens that were asked for.
    func hidden() throws -> Tensor {
        guard let given, !given.elementsEqual(0..<state.hidden.shape.rowCount) else { return state.hidden }
        return try backend.gatherRows(state.hidden, indices: backend.indices(given.map(Int32.init)))
    }

    /// The hidden states of the first token of each sequence that is still there, `[sequences, hidden]`.
    func firstTokens() throws -> Tensor { try state.firstTokens(on: backend) }
}

/// Collects what was asked for while the layers run.
struct EncoderTrace {
    private var hidden: [LayerStates]?
    private var attention: [LayerStates]?
    private var crossAttention: [LayerStates]?

    /// Collects nothing.
    init() {}

    init(_ options: ForwardOptions, _ config: BertConfig, hasCrossAttention: Bool) {
        hidden = options.hiddenStates ?? config.outputHiddenStates ? [] : nil
        attention = options.attentions ?? config.outputAttentions ? [] : nil
        crossAttention = attention != nil && hasCrossAttention ? [] : nil
    }

    var wantsAttentions: Bool { attention != nil }
    /// Whether anything is collected at all.
    var isWanted: Bool { hidden != nil || wantsAttentions }

    mutating func addHidden(_ state: EncoderState) {
        hidden?.append(LayerStates(tensor: state.hidden, sequences: state.alive))
    }

    mutating func addAttention(_ output: EncoderLayer.Output, _ state: EncoderState) {
        if let tensor = output.probabilities {
            attention?.append(LayerStates(tensor: tensor, sequences: state.alive))
        }
        if let tensor = output.crossProbabilities {
            crossAttention?.append(LayerStates(tensor: tensor, sequences: state.alive))
        }
    }

    func states(_ sequences: PackedSequences, _ layout: PaddedLayout) -> EncoderStates {
        EncoderStates(
            hidden: hidden, attention: attention, crossAttention: crossAttention, sequences: sequences, layout: layout)
    }
}
