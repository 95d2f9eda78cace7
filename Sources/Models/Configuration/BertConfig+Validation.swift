import BertCore
import BertJSON

extension BertConfig {
    /// Checks that every value is valid, and that dependent values are consistent.
    ///
    /// The bounds far exceed those of any model, and are small enough that no product of sizes overflows.
    ///
    /// - Parameter source: The origin of the values, for messages.
    /// - Throws: ``BertError`` `.invalidConfiguration` with the source, key and value.
    public func validate(source: String = BertConfig.fileName) throws {
        let check = ConfigurationCheck(config: self, source: source)
        let sizes: [(key: String, value: Int, bounds: ClosedRange<Int>)] = [
            ("vocab_size", vocabSize, 1...Int(Int32.max)),
            ("hidden_size", hiddenSize, 1...1 << 20),
            ("num_hidden_layers", numHiddenLayers, 1...10_000),
            ("num_attention_heads", numAttentionHeads, 1...1 << 20),
            ("intermediate_size", intermediateSize, 1...1 << 24),
            ("max_position_embeddings", maxPositionEmbeddings, 1...1 << 24),
            ("type_vocab_size", typeVocabSize, (family.embeddings(self).tokenType == nil ? 0 : 1)...1 << 20),
            ("chunk_size_feed_forward", chunkSizeFeedForward, 0...Int(Int32.max)),
        ]
        for (key, value, bounds) in sizes where uses(key) { try check.expect(key, value, bounds) }

        var rates = [
            ("hidden_dropout_prob", hiddenDropoutProb),
            ("attention_probs_dropout_prob", attentionProbsDropoutProb),
        ]
        if let classifierDropout { rates.append(("classifier_dropout", classifierDropout)) }
        for key in family.dropoutKeys {
            guard let value = raw[key], value != .null else { continue }
            guard let rate = value.doubleValue else {
                throw BertError(
                    .invalidConfiguration, "expected a probability from 0 to 1, found \(value)", file: source, key: key,
                    value: .string("\(value)"))
            }
            rates.append((key, rate))
        }
        for (key, value) in rates { try check.expectProbability(key, value) }
        for (key, value) in [("layer_norm_eps", layerNormEps), ("initializer_range", initializerRange)] {
            try check(
                value >= 0 && value.isFinite, key, "expected a finite number of at least 0, found \(value)",
                value: .double(value), limit: 0)
        }

        try check(
            hiddenSize.isMultiple(of: numAttentionHeads), "hidden_size",
            "\(hiddenSize) is not a multiple of \(fileKey("num_attention_heads")), \(numAttentionHeads)",
            value: .int(hiddenSize))
        if let padTokenId {
            try check(
                // Negative ids count from the end, as in PyTorch.
                (-vocabSize..<vocabSize).contains(padTokenId), "pad_token_id",
                "expected an id below vocab_size (\(vocabSize)), found \(padTokenId)",
                value: .int(padTokenId), limit: .int(vocabSize - 1))
        }
        try check(
            maximumTokens > 0, "max_position_embeddings",
            "\(maxPositionEmbeddings) is too small, because \(family.title) counts positions from "
                + "\(family.positions(self).firstPosition)",
            value: .int(maxPositionEmbeddings), limit: .int(family.positions(self).firstPosition + 1))
        try check(numLabels <= Self.maximumLabels, "id2label", "has \(numLabels) labels; at most \(Self.maximumLabels)")
        try check(
            family.canPruneHeads || prunedHeads.values.allSatisfy(\.isEmpty), "pruned_heads",
            "\(family.title)'s heads can't be pruned")
        for (layer, heads) in prunedHeads.sorted(by: { $0.key < $1.key }) {
            try check(
                (0..<numHiddenLayers).contains(layer), "pruned_heads",
                "the layer \(layer) is out of range; layers are 0 to \(numHiddenLayers - 1)",
                value: .int(layer), limit: .int(numHiddenLayers - 1))
            for head in heads {
                try check(
                    (0..<numAttentionHeads).contains(head), "pruned_heads.\(layer)",
                    "the head \(head) is out of range; heads are 0 to \(numAttentionHeads - 1)",
                    value: .int(head), limit: .int(numAttentionHeads - 1))
            }
            try check(self.heads(inLayer: layer) > 0, "pruned_heads.\(layer)", "at least one head must remain")
        }
        try own?.validate(check)
        try family.check(self, check)
    }

    static let maximumLabels = 1 << 24
}
