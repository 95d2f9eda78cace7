import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// Sparse vectors of queries without a model: each token has a weight (`SparseStaticEmbedding`).
struct StaticQueries: Sendable {
    private let text: TextEncoder
    private let weights: [Float]

    /// - Throws: ``BertError`` with file and tensor.
    init(_ files: ModelFiles, _ config: BertConfig) throws {
        text = try TextEncoder(files, maximumLength: nil, config: config)
        let buffer = try Checkpoint(files).float32("weight", shape: [config.vocabSize])
        weights = buffer.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    /// All tokens of a query, without special ones: there is no model that limits their number.
    func encode(_ query: String) throws -> Encoding {
        try text.encode(PairedText(query), EncodingOptions(addsSpecialTokens: false))
    }

    /// The weight of each token, however often it comes.
    func vector(_ ids: [Int32], limit: Int?) -> SparseVector {
        var dense = [Float](repeating: 0, count: weights.count)
        for id in ids { dense[Int(id)] = weights[Int(id)] }
        return SparseVector(dense, limit: limit)
    }
}
