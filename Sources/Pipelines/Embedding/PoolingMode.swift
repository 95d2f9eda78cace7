import BertCore

/// How the vectors of a text's tokens become one, with the names that sentence-transformers has in `pooling_mode`.
public enum PoolingMode: String, Sendable, CaseIterable {
    /// The first token's vector.
    case cls
    /// The greatest value of each component.
    case max
    /// The mean.
    case mean
    /// The sum divided by the square root of the number of tokens.
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    /// The mean weighted by position, counted from 1: later tokens weigh more, as in SGPT (Muennighoff 2022).
    case weightedMean = "weightedmean"
    /// The last token's vector.
    case lastToken = "lasttoken"

    /// The backend's operation; nil for a mode that is composed of others.
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
    /// Pools each sequence in one or several ways, whose results stand beside each other.
    ///
    /// - Parameters:
    ///   - x: `[tokens, hidden]`.
    ///   - firstPosition: the position of each sequence's first token, counted from 0: how many tokens were left out.
    /// - Returns: `[sequences, modes · hidden]`.
    func pool(_ x: Tensor, sequences: PackedSequences, _ modes: [PoolingMode], firstPosition: Int) throws -> Tensor {
        let parts = try modes.map { mode in
            if let operation = mode.operation { return try pool(x, sequences: sequences, operation) }
            return try weightedMean(x, sequences: sequences, firstPosition: firstPosition)
        }
        return parts.count == 1 ? parts[0] : try concatenate(parts, axis: 1)
    }

    /// Σ pᵢxᵢ / Σ pᵢ over the positions p of a sequence's tokens, counted from 1: the mean of n·pᵢxᵢ / Σ pᵢ.
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
