import BertCore

/// The method of pooling token vectors into one vector, with the names of `pooling_mode` in sentence-transformers.
public enum PoolingMode: String, Sendable, CaseIterable {
    /// The vector of the first token.
    case cls
    /// The elementwise maximum.
    case max
    /// The mean.
    case mean
    /// The sum divided by the square root of the number of tokens.
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    /// The mean weighted by position, starting at 1, as in SGPT (Muennighoff 2022).
    case weightedMean = "weightedmean"
    /// The vector of the last token.
    case lastToken = "lasttoken"

    /// The corresponding backend operation; nil for modes that are composed of several operations.
    var operation: Pooling? {
        switch self {
        case .cls: .cls
        case .max: .max
        case .mean: .mean
        case .meanSquareRootLength: .meanSquareRootLength
        case .weightedMean: nil
        case .lastToken: .lastToken
        }
    }
}

extension ComputeBackend {
    /// Pools each sequence with one or more modes, whose results are concatenated.
    ///
    /// - Parameters:
    ///   - x: `[tokens, hidden]`.
    ///   - firstPosition: The position of each sequence's first token, starting at 0: the number of tokens that were
    ///     skipped.
    /// - Returns: `[sequences, modes · hidden]`.
    func pool(_ x: Tensor, sequences: PackedSequences, _ modes: [PoolingMode], firstPosition: Int) throws -> Tensor {
        let parts = try modes.map { mode in
            if let operation = mode.operation { return try pool(x, sequences: sequences, operation) }
            return try weightedMean(x, sequences: sequences, firstPosition: firstPosition)
        }
        return parts.count == 1 ? parts[0] : try concatenate(parts, axis: 1)
    }

    /// Returns Σ pᵢxᵢ / Σ pᵢ over the positions p of each sequence's tokens, starting at 1, computed as the mean of
    /// n·pᵢxᵢ / Σ pᵢ.
    private func weightedMean(_ x: Tensor, sequences: PackedSequences, firstPosition: Int) throws -> Tensor {
        var weights: [Float] = []
        for sequence in 0..<sequences.count {
            let positions = sequences[sequence].indices.map { firstPosition + 1 + $0 - sequences[sequence].lowerBound }
            let scale = Double(positions.count) / Double(positions.reduce(0, +))
            weights += positions.map { Float(Double($0) * scale) }
        }
        let column = try upload(HostBuffer(weights), shape: [weights.count, 1], elementType: .float32)
        return try pool(binary(.multiply, x, column), sequences: sequences, .mean)
    }
}
