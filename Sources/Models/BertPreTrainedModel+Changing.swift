import BertCore

extension BertPreTrainedModel {
    /// The model for a vocabulary of another size, on the same backend; this one stays as it is.
    ///
    /// The first rows of the word embeddings stay, as do those of the decoder and its bias; what was tied stays tied.
    /// New rows are near the mean of the old ones (`transformers`' `mean_resizing`, without correlations).
    ///
    /// - Parameters:
    ///   - size: the number of tokens; nil keeps the present one, to be padded.
    ///   - multiple: rounds the size up, for example to 64.
    ///   - seed: of the noise in new rows.
    /// - Throws: the dummy's ``BackendUnavailableError``; ``BertError`` `.invalidArgument` or `.invalidConfiguration` for
    ///   a size that the model can't have; what the backend throws.
    public func resizeTokenEmbeddings(
        to size: Int? = nil, padToMultipleOf multiple: Int? = nil, seed: UInt64 = 0
    ) throws -> Self {
        let (config, parameters, backend) = try (config, parameters, backend)
        var target = size ?? config.vocabSize
        if let multiple {
            let (padded, overflow) = target.addingReportingOverflow(multiple - 1)
            guard multiple > 0, target > 0, !overflow else {
                throw BertError(.invalidArgument, "\(target) tokens can't be padded to a multiple of \(multiple)")
            }
            target = padded / multiple * multiple
        }
        let resized = try VocabularyResizing(
            (config, parameters), to: target, seed: seed, specs: Self.parameterSpecs)
        return try Self(config: resized.config, parameters: resized.parameters, backend: backend)
    }

    /// The model without some attention heads, on the same backend; this one stays as it is.
    ///
    /// After Michel et al., "Are sixteen heads really better than one?" (2019); `transformers`' `prune_heads`. The
    /// configuration remembers the pruned heads, by their original numbers, as will a saved model.
    ///
    /// - Parameter heads: numbers of heads by layer, both from 0, as they were before anything was pruned.
    /// - Throws: the dummy's ``BackendUnavailableError``; ``BertError`` `.invalidConfiguration` for a layer or head that
    ///   is not there, or a layer without any left; `.unsupported` for ALBERT; what the backend throws.
    public func pruneHeads(_ heads: [Int: [Int]]) throws -> Self {
        let (config, parameters, backend) = try (config, parameters, backend)
        let pruned = try HeadPruning((config, parameters), heads, specs: Self.parameterSpecs)
        return try Self(config: pruned.config, parameters: pruned.parameters, backend: backend)
    }
}
