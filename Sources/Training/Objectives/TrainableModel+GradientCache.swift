public import BertCore
public import BertModels

extension TrainableModel {
    /// Computes the gradients of an embedding loss over a batch whose activations don't fit into memory.
    ///
    /// This is gradient caching (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited
    /// Setup"), as in `CachedMultipleNegativesRankingLoss` of sentence-transformers. The first pass computes the
    /// embeddings of all rows without recording, and the gradients of the loss with respect to them. The second pass
    /// repeats the forward pass, with the same dropout, and propagates these gradients through the model, one
    /// mini-batch at a time. Up to rounding, the results are those of a single pass over all rows.
    ///
    /// - Parameters:
    ///   - objective: The embedding loss and the pooling.
    ///   - miniBatches: For each mini-batch, the texts of each column.
    ///   - scores: The score of each row of the batch, for losses that need scores.
    ///   - options: Returns the options of the forward pass of a mini-batch. It is called twice for each mini-batch,
    ///     and must return the same options.
    /// - Returns: The gradient of each of ``parameters``, nil for parameters that the loss doesn't depend on; and the
    ///   loss.
    /// - Throws: ``BertCore/BertError`` with code `unsupported` if the class isn't an encoder, or `invalidInput` if
    ///   there are no texts, or the numbers of columns or scores differ.
    public func cachedGradients(
        _ objective: Objective, _ miniBatches: [[ModelInput]], scores: [Float]? = nil,
        options: (_ miniBatch: Int) -> ForwardOptions = { _ in ForwardOptions() }
    ) throws -> (gradients: [Tensor?], loss: Double) {
        guard let columns = miniBatches.first?.count, miniBatches.allSatisfy({ $0.count == columns }) else {
            throw BertError(.invalidInput, "the mini-batches have no texts, or different numbers of columns")
        }
        var vectors = [[Float]](repeating: [], count: columns)
        do {
            let plain = try model()
            for (index, miniBatch) in miniBatches.enumerated() {
                try Cancellation.check()
                for (column, tensor) in try objective.embed(miniBatch, plain, options(index)).enumerated() {
                    vectors[column] += try backend.floats(tensor)
                }
            }
        }
        let (loss, slopes) = try objective.embeddingLoss(vectors, size: config.hiddenSize, scores: scores, on: backend)
        var gradients = StepGradients()
        var first = 0
        for (index, miniBatch) in miniBatches.enumerated() {
            try Cancellation.check()
            let rows = miniBatch.first?.lengths.count ?? 0
            let range = first * config.hiddenSize..<(first + rows) * config.hiddenSize
            first += rows
            let made = try differentiate { model in
                let outputs = try objective.embed(miniBatch, model, options(index))
                return (
                    try zip(outputs, slopes).map { output, slopes in
                        (output, try backend.constant(slopes[range].map(Float.init), shape: output.shape))
                    }, ()
                )
            }
            try gradients.add(made.gradients, on: backend)
        }
        return (gradients.gradients, loss)
    }
}
