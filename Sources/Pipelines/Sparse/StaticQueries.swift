import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// Sparse vectors of queries from static token weights, without a model (`SparseStaticEmbedding`).
struct StaticQueries: Sendable {
    private let text: TextEncoder
    private let weights: [Float]

    /// Loads the weights.
    ///
    /// - Throws: ``BertError`` with file and tensor.
    init(_ files: ModelFiles, _ config: BertConfig) throws {
        text = try TextEncoder(files, maximumLength: nil, config: config)
        let buffer = try Checkpoint(files).float32("weight", shape: [config.vocabSize])
        weights = buffer.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    /// Tokenizes a query without special tokens. There is no length limit, because no model is used.
    func encode(_ query: String) throws -> Encoding {
        try text.encode(PairedText(query), EncodingOptions(addsSpecialTokens: false))
    }

    /// Returns the vector with the weight of each token, regardless of how often it occurs.
    func vector(_ ids: [Int32], limit: Int?) -> SparseVector {
        var dense = [Float](repeating: 0, count: weights.count)
        for id in ids { dense[Int(id)] = weights[Int(id)] }
        return SparseVector(dense, limit: limit)
    }
}
