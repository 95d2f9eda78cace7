import BertCore

/// A head of linear layers on one vector per sequence.
public struct SequenceHead: Sendable {
    /// The vector that the layers are applied to.
    public enum Reading: Sendable, Hashable {
        /// The hidden state of the first token.
        case firstToken
        /// The hidden state of the first token that isn't masked out, or of the first token if all are.
        case firstUnmaskedToken
        /// The mean of the hidden states of all tokens that aren't masked out.
        case mean
    }

    private let stack: DenseStack
    private let reading: Reading

    /// Creates the head from its weights.
    public init(
        _ loader: WeightLoader, _ layers: [DenseStack.Layer], _ config: BertConfig, reading: Reading = .firstToken
    ) throws {
        stack = try DenseStack(loader, layers, config)
        self.reading = reading
    }

    /// Runs the trunk and the head, and returns the logits `[sequences, outputs]`.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if the head uses the mean and a sequence has no unmasked
    ///   tokens.
    func logits(
        _ trunk: Trunk, _ input: ModelInput, _ options: ForwardOptions
    ) throws -> (logits: Tensor, output: TrunkOutput) {
        switch reading {
        case .firstToken:
            let output = try trunk(input, options, rows: .first)
            return (try self(output), output)
        case .firstUnmaskedToken:
            let seen = self.seen(input)
            var start = 0
            let rows = input.lengths.map { length in
                defer { start += length }
                return seen[start..<start + length].firstIndex(of: true) ?? start
            }
            let output = try trunk(input, options, rows: .at(rows))
            return (try stack(output.hidden(), on: output.backend, dropout: output.dropout), output)
        case .mean:
            let seen = self.seen(input)
            var start = 0
            let lengths = input.lengths.map { length in
                defer { start += length }
                return seen[start..<start + length].count(where: \.self)
            }
            if let empty = lengths.firstIndex(of: 0) {
                throw BertError(.invalidInput, "has no tokens for mean pooling", record: empty, of: "sequence")
            }
            let output = try trunk(
                input, options, rows: seen.contains(false) ? .at(seen.indices.filter { seen[$0] }) : .all)
            let mean = try output.backend.pool(
                output.hidden(), sequences: PackedSequences(lengths: lengths), .mean)
            return (try stack(mean, on: output.backend, dropout: output.dropout), output)
        }
    }

    /// Returns whether each token isn't masked out.
    private func seen(_ input: ModelInput) -> [Bool] {
        if case .tokens(let mask) = input.mask, mask.count == input.tokenCount { return mask }
        return [Bool](repeating: true, count: input.tokenCount)
    }

    /// Returns the logits `[sequences, outputs]` from the first token of each sequence.
    func callAsFunction(_ output: TrunkOutput) throws -> Tensor {
        try stack(output.firstTokens(), on: output.backend, dropout: output.dropout)
    }
}

extension ModelDesign where Head == SequenceHead {
    /// Returns a design with linear layers on one vector per sequence.
    ///
    /// - Parameters:
    ///   - family: The family of the class.
    ///   - reading: Returns the vector to use; the first token's by default.
    ///   - layers: Returns the layers of the head, in order.
    public static func sequence(
        _ family: ModelFamily,
        reading: @escaping @Sendable (BertConfig) -> SequenceHead.Reading = { _ in .firstToken },
        _ layers: @escaping @Sendable (BertConfig) throws -> [DenseStack.Layer]
    ) -> Self {
        ModelDesign(family) {
            try DenseStack.parameterSpecs(layers($0), $0)
        } makeHead: {
            try SequenceHead($0, layers($1), $1, reading: reading($1))
        }
    }

    /// Returns a design with linear layers on the first token.
    public static func firstToken(
        _ family: ModelFamily, _ layers: @escaping @Sendable (BertConfig) throws -> [DenseStack.Layer]
    ) -> Self {
        sequence(family, layers)
    }

    /// Returns a design with the family's pooler followed by a linear layer.
    public static func pooled(
        _ family: ModelFamily, _ name: String, dropout: @escaping @Sendable (BertConfig) -> Double? = { _ in nil },
        outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        sequence(family) { config in
            family.poolerLayer(family.prefix(config) + ".", config)
                + [DenseStack.Layer(name, outputs(config), dropout: dropout(config))]
        }
    }
}
