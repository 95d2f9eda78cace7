import BertCore

/// A collector for the requested states of the layers.
struct StateCollector {
    private var hidden: [LayerStates]?
    private var attention: [LayerStates]?
    private var crossAttention: [LayerStates]?

    /// Creates a collector that collects nothing.
    init() {}

    init(_ options: ForwardOptions, _ config: BertConfig, hasCrossAttention: Bool) {
        hidden = options.hiddenStates ?? config.outputHiddenStates ? [] : nil
        attention = options.attentions ?? config.outputAttentions ? [] : nil
        crossAttention = attention != nil && hasCrossAttention ? [] : nil
    }

    var wantsAttentions: Bool { attention != nil }
    /// Whether any states are collected.
    var isWanted: Bool { hidden != nil || wantsAttentions }

    mutating func addHidden(_ state: ActiveSequences) {
        hidden?.append(LayerStates(tensor: state.hidden, sequences: state.alive))
    }

    mutating func addAttention(_ output: LayerOutput, _ state: ActiveSequences) {
        attention?.append(contentsOf: output.probabilities.map { LayerStates(tensor: $0, sequences: state.alive) })
        crossAttention?.append(
            contentsOf: output.crossProbabilities.map { LayerStates(tensor: $0, sequences: state.alive) })
    }

    func states(_ sequences: PackedSequences, _ layout: PaddedLayout) -> TrunkStates {
        TrunkStates(
            hidden: hidden, attention: attention, crossAttention: crossAttention, sequences: sequences, layout: layout)
    }
}
