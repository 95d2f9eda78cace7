/// What to give back beside a model's own results.
public struct ForwardOptions: Sendable {
    /// The embeddings' output and every layer's (`output_hidden_states`); as `config.json` says if nil.
    public var hiddenStates: Bool?
    /// Every layer's attention probabilities (`output_attentions`); as `config.json` says if nil.
    public var attentions: Bool?
    /// Whether tokens that the mask hides are computed too, as Python does, rather than dropped.
    ///
    /// No other token's result depends on it. A loss over tokens counts labels of hidden tokens, so that asking for one
    /// computes them whatever this says.
    public var hiddenTokens: Bool

    /// By default nothing more than the configuration asks for.
    public init(hiddenStates: Bool? = nil, attentions: Bool? = nil, hiddenTokens: Bool = false) {
        self.hiddenStates = hiddenStates
        self.attentions = attentions
        self.hiddenTokens = hiddenTokens
    }

    /// The same, computing hidden tokens if there are labels.
    func withHiddenTokens(ifLabelled isLabelled: Bool) -> ForwardOptions {
        ForwardOptions(hiddenStates: hiddenStates, attentions: attentions, hiddenTokens: hiddenTokens || isLabelled)
    }
}
