import BertCore

/// What to give back beside a model's own results.
public struct ForwardOptions: Sendable {
    /// The embeddings' output and every layer's (`output_hidden_states`); as `config.json` says if nil.
    public var hiddenStates: Bool?
    /// Every layer's attention probabilities (`output_attentions`); as `config.json` says if nil.
    public var attentions: Bool?
    /// Whether masked-out tokens are computed too, as Python does, rather than dropped.
    ///
    /// No other token's result depends on it. A loss over tokens counts labels of hidden tokens, so that asking for one
    /// computes them whatever this says.
    public var maskedTokens: Bool
    /// What to leave out, in training; nothing if nil.
    public var dropout: StepDropout?
    /// Whether a backend that remembers for a backward pass keeps no more of each layer than its input, and computes the layer
    /// again (`gradient_checkpointing`).
    public var checkpointsLayers: Bool
    /// The tokens to give results for, where results are one row per token.
    public var rows: TokenRows

    /// By default nothing more than the configuration asks for, of every token.
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

    /// Checks that a loss over whole sequences has all their tokens.
    func expectAllRows(ifLabelled isLabelled: Bool) throws {
        guard isLabelled, rows != .all else { return }
        throw BertError(
            .invalidArgument, "this loss needs every token's result; leave rows at .all when labels are given")
    }

    /// The same, computing hidden tokens if there are labels.
    func withMaskedTokens(ifLabelled isLabelled: Bool) -> ForwardOptions {
        var options = self
        options.maskedTokens = maskedTokens || isLabelled && rows == .all
        return options
    }
}
