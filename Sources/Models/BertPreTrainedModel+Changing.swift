import BertCore

extension BertPreTrainedModel {
    /// Returns a copy of the model with a different vocabulary size, on the same backend.
    ///
    /// The first rows of the word embeddings, the decoder and its bias are kept, and tied weights stay tied. New rows
    /// are drawn around the mean of the old ones (`mean_resizing` in `transformers`, without correlations).
    ///
    /// - Parameters:
    ///   - size: The number of tokens; nil to keep the current number, subject to padding.
    ///   - multiple: A number to round the size up to a multiple of, for example 64.
    ///   - seed: The seed of the noise in new rows.
    /// - Throws: The ``BackendUnavailableError`` of a dummy; ``BertError`` `.invalidArgument` or
    ///   `.invalidConfiguration` for an invalid size; errors of the backend.
    public func resizeTokenEmbeddings(
        to size: Int? = nil, padToMultipleOf multiple: Int? = nil, seed: UInt64 = 0
    ) throws -> Self {
        let (config, parameters, backend) = try (config, parameters, backend)
        var target = size ?? config.vocabSize
        if let multiple {
            let (padded, overflow) = target.addingReportingOverflow(multiple - 1)
            guard multiple > 0, target > 0, !overflow else {
                throw BertError(
                    .invalidArgument, "the vocabulary size \(target) can't be padded to a multiple of \(multiple)",
                    key: "padToMultipleOf", value: .int(multiple))
            }
            target = padded / multiple * multiple
        }
        let resized = try VocabularyResizing(
            (config, parameters), to: target, seed: seed, specs: Self.parameterSpecs)
        return try Self(config: resized.config, parameters: resized.parameters, backend: backend)
    }

    /// Returns a copy of the model without some attention heads, on the same backend.
    ///
    /// Implements Michel et al., "Are sixteen heads really better than one?" (2019), like `prune_heads` in
    /// `transformers`. The pruned heads are recorded in the configuration, with their original indices, and in saved
    /// models.
    ///
    /// - Parameter heads: The indices of the heads to prune, by layer index. Both start at 0 and refer to the original
    ///   model.
    /// - Throws: The ``BackendUnavailableError`` of a dummy; ``BertError`` `.invalidConfiguration` for a layer or head
    ///   that doesn't exist or a layer that would lose all heads; `.unsupported` for ALBERT; errors of the backend.
    public func pruneHeads(_ heads: [Int: [Int]]) throws -> Self {
        let (config, parameters, backend) = try (config, parameters, backend)
        let pruned = try HeadPruning((config, parameters), heads, specs: Self.parameterSpecs)
        return try Self(config: pruned.config, parameters: pruned.parameters, backend: backend)
    }
}
