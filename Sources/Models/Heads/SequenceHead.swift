public import BertCore

/// Linear layers on one vector of each sequence: the heads that say something of a sequence as a whole.
public struct SequenceHead: Sendable {
    /// Which vector of a sequence the layers read.
    public enum Reading: Sendable, Hashable {
        /// The hidden state of the first token.
        case firstToken
        /// The mean of the hidden states of the tokens that are not masked out.
        case mean
    }

    private let stack: DenseStack
    private let reading: Reading

    /// The head with its weights.
    public init(
        _ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig, reading: Reading = .firstToken
    ) throws {
        stack = try DenseStack(loader, layers, config)
        self.reading = reading
    }

    /// Runs a trunk for what the head reads. The mean leaves masked-out tokens out, so that they are dropped whatever the
    /// options say.
    func run(_ trunk: Trunk, _ input: ModelInput, _ options: ForwardOptions) throws -> TrunkOutput {
        switch reading {
        case .firstToken: return try trunk(input, options, rows: .first)
        case .mean:
            var options = options
            options.hiddenTokens = false
            return try trunk(input, options, rows: .all)
        }
    }

    /// `[sequences, outputs]`.
    public func callAsFunction(_ output: TrunkOutput) throws -> Tensor {
        let vectors =
            switch reading {
            case .firstToken: try output.firstTokens()
            case .mean: try output.backend.pool(output.hidden(), sequences: output.states.sequences, .mean)
            }
        return try stack(vectors, on: output.backend)
    }
}

extension ModelDesign where Head == SequenceHead {
    /// A trunk with linear layers on one vector of each sequence.
    ///
    /// - Parameters:
    ///   - family: the family that the class belongs to.
    ///   - reading: which vector; the first token's by default.
    ///   - layers: the dense layers of the head, in order.
    public static func sequence(
        _ family: ModelFamily,
        reading: @escaping @Sendable (BertConfig) -> SequenceHead.Reading = { _ in .firstToken },
        _ layers: @escaping @Sendable (BertConfig) -> [DenseStack.Layer]
    ) -> Self {
        ModelDesign(family) {
            DenseStack.parameterSpecs(layers($0), $0)
        } makeHead: {
            try SequenceHead($0, layers($1), $1, reading: reading($1))
        }
    }

    /// A trunk with linear layers on the first token.
    public static func firstToken(
        _ family: ModelFamily, _ layers: @escaping @Sendable (BertConfig) -> [DenseStack.Layer]
    ) -> Self {
        sequence(family, layers)
    }

    /// A trunk with its pooler and a linear layer after it.
    public static func pooled(
        _ family: ModelFamily, _ name: String, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        sequence(family) { config in
            family.poolerLayer(family.prefix + ".", config) + [DenseStack.Layer(name, outputs(config))]
        }
    }
}
