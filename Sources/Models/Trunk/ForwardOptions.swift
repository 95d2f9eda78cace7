public import BertCore

/// Options for a forward pass.
public struct ForwardOptions: Sendable {
    /// Whether to return the outputs of the embeddings and of every layer (`output_hidden_states`); nil to use the
    /// value in `config.json`.
    public var hiddenStates: Bool?
    /// Whether to return every layer's attention probabilities (`output_attentions`); nil to use the value in
    /// `config.json`.
    public var attentions: Bool?
    /// Whether to compute masked-out tokens, as Python does, instead of dropping them.
    ///
    /// This doesn't affect the results for other tokens. Losses over tokens include the labels of masked tokens, so
    /// computing a loss always computes them.
    public var maskedTokens: Bool
    /// The attention context of masked tokens whose window (``AttentionDesign/reach``) has no visible token, as at the
    /// end of the padded queries of late interaction. transformers 4 takes the mean of all values, transformers 5
    /// zeros.
    public var fullyMaskedRows = FullyMaskedRows.uniform
    /// The dropout, in training; nil for none.
    public var dropout: StepDropout?
    /// Whether a backend with automatic differentiation stores only the input of each layer and recomputes the layer
    /// for its gradient (`gradient_checkpointing`).
    public var checkpointsLayers: Bool
    /// The tokens to return results for, if results have one row per token.
    public var rows: TokenRows

    /// Creates options. By default, all tokens are returned with the states that the configuration requests.
    public init(
        hiddenStates: Bool? = nil, attentions: Bool? = nil, maskedTokens: Bool = false, rows: TokenRows = .all,
        dropout: StepDropout? = nil, checkpointsLayers: Bool = false
    ) {
        self.hiddenStates = hiddenStates
        self.attentions = attentions
        self.maskedTokens = maskedTokens
        self.rows = rows
        self.dropout = dropout
        self.checkpointsLayers = checkpointsLayers
    }

    /// Checks that a loss over whole sequences is computed on all tokens.
    func expectAllRows(ifLabelled isLabelled: Bool) throws {
        guard isLabelled, rows != .all else { return }
        throw BertError(
            .invalidArgument, "this loss requires the outputs of all tokens; use the rows .all with labels")
    }

    /// Returns options that also compute masked tokens if there are labels.
    func withMaskedTokens(ifLabelled isLabelled: Bool) -> ForwardOptions {
        var options = self
        options.maskedTokens = maskedTokens || isLabelled && rows == .all
        return options
    }
}
