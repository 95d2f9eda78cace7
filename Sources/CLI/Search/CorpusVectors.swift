import ArgumentParser
import Bert
import BertCore
import BertJSON

/// The searchable vectors of a corpus.
protocol CorpusVectors: Sendable {
    /// The number of texts.
    var count: Int { get }
    /// The name of the similarity, for the record of a job.
    var similarityName: String { get }
    /// Adds vectors, which have to be of this kind.
    mutating func add(_ vectors: [TextVector]) throws
    /// Adds the vectors of a file written by `bert embed`.
    ///
    /// - Parameters:
    ///   - width: The number of components of the model's vectors.
    ///   - body: Called with the id of each record in order.
    mutating func add(_ file: VectorFile, width: Int, _ body: (JSONValue?) -> Void) throws
    /// Returns the best hits for each query.
    func search(_ queries: [TextVector], topK: Int) throws -> [[SearchHit]]
}

extension TextEmbedder {
    /// Creates an empty corpus.
    ///
    /// - Parameter similarity: The similarity; nil to use that of the folder.
    /// - Throws: `ValidationError` if this kind of vectors doesn't support the similarity.
    func corpus(_ similarity: Similarity?) throws -> any CorpusVectors {
        switch self {
        case .dense(let embedder): return SemanticSearch(for: embedder, similarity)
        case .sparse(let embedder):
            if let similarity, similarity != .dot, similarity != .cosine {
                throw ValidationError(
                    "--similarity is \(similarity.rawValue); sparse vectors are searched by dot or cosine")
            }
            return try SparseSearch(similarity ?? embedder.similarity)
        case .tokens(let embedder):
            guard similarity == nil else {
                throw ValidationError("--similarity doesn't apply to token vectors, which are compared by MaxSim")
            }
            return TokenSearch(for: embedder)
        }
    }
}

extension SemanticSearch: CorpusVectors {
    var similarityName: String { similarity.rawValue }

    mutating func add(_ vectors: [TextVector]) throws {
        try add(vectors.compactMap { if case .dense(let vector) = $0 { vector } else { nil } })
    }

    mutating func add(_ file: VectorFile, width: Int, _ body: (JSONValue?) -> Void) throws {
        if let rows = try file.mappedRows(width: width) {
            let before = count
            try add(rows: rows, width: width, quantizedBy: file.quantizer)
            for _ in before..<count { body(nil) }
            return
        }
        let isQuantized = file.quantizer.precision != .float32
        try file.forEachGroup(width: width) { records in
            if isQuantized {
                try add(rows: file.quantizedRows(records), width: width, quantizedBy: file.quantizer)
            } else {
                try add(records.map(\.vector))
            }
            for record in records { body(record.id) }
        }
    }

    func search(_ queries: [TextVector], topK: Int) throws -> [[SearchHit]] {
        try search(queries.compactMap { if case .dense(let vector) = $0 { vector } else { nil } }, topK: topK)
    }
}

extension SparseSearch: CorpusVectors {
    var similarityName: String { similarity.rawValue }

    mutating func add(_ vectors: [TextVector]) throws {
        try add(vectors.compactMap { if case .sparse(let vector) = $0 { vector } else { nil } })
    }

    mutating func add(_ file: VectorFile, width: Int, _ body: (JSONValue?) -> Void) throws {
        try file.forEachGroup(.sparse) { records in
            for record in records {
                guard let last = record.vector.indices.last, last >= width else { continue }
                throw record.place.error(
                    "component \(last) is out of range; the model has \(width) components", value: .int(Int(last)),
                    limit: .int(width))
            }
            try add(records.map(\.vector))
            for record in records { body(record.id) }
        }
    }

    func search(_ queries: [TextVector], topK: Int) throws -> [[SearchHit]] {
        try search(queries.compactMap { if case .sparse(let vector) = $0 { vector } else { nil } }, topK: topK)
    }
}

extension TokenSearch: CorpusVectors {
    var similarityName: String { "maxsim" }

    mutating func add(_ vectors: [TextVector]) throws {
        try add(vectors.compactMap { if case .tokens(let vectors) = $0 { vectors } else { nil } })
    }

    mutating func add(_ file: VectorFile, width: Int, _ body: (JSONValue?) -> Void) throws {
        try file.forEachGroup(.tokens) { records in
            for record in records {
                guard let other = record.vector.first(where: { $0.count != width }) else { continue }
                throw record.place.error(
                    "a vector with \(other.count) components; the model has \(width)", value: .int(other.count),
                    limit: .int(width))
            }
            try add(records.map(\.vector))
            for record in records { body(record.id) }
        }
    }

    func search(_ queries: [TextVector], topK: Int) throws -> [[SearchHit]] {
        try search(queries.compactMap { if case .tokens(let vectors) = $0 { vectors } else { nil } }, topK: topK)
    }
}
