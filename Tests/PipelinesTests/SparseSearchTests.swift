import Bert
import TestSupport
import Testing

struct SparseSearchTests {
    /// Vectors of a few components, some without any.
    private static func vectors(_ count: Int, seed: Int) throws -> [SparseVector] {
        try (0..<count).map { row in
            let indices = (0..<row % 7).map { Int32(($0 * 11 + row * 5 + seed) % 40) }
            let sorted = Set(indices).sorted()
            return try SparseVector(indices: sorted, values: sorted.map { Float(Int($0) * 7 % 5) - 1.5 })
        }
    }

    @Test(arguments: [Similarity.dot, .cosine])
    func `hits are those of comparing every pair, without vectors that share no component`(
        similarity: Similarity
    ) throws {
        let (corpus, queries) = (try Self.vectors(300, seed: 1), try Self.vectors(9, seed: 4))
        var search = try SparseSearch(similarity)
        try search.add(Array(corpus[..<100]))
        try search.add(Array(corpus[100...]))
        #expect(search.count == 300)
        for (query, hits) in zip(queries, try search.search(queries, topK: 20)) {
            let shared = corpus.indices.filter { !Set(corpus[$0].indices).isDisjoint(with: query.indices) }
            let scores = corpus.map { similarity.score(query, $0) }
            #expect(hits.count == min(20, shared.count))
            #expect(hits.allSatisfy { shared.contains($0.corpusID) })
            #expect(hits.allSatisfy { abs($0.score - Double(scores[$0.corpusID])) < 1e-5 })
            let sorted = shared.map { Double(scores[$0]) }.sorted(by: >)
            #expect(zip(hits, sorted).allSatisfy { abs($0.score - $1) < 1e-5 })
        }
        #expect(queries.contains { $0.indices.isEmpty })
    }

    @Test func `memory depends on the components that occur, not on the greatest index`() throws {
        var search = try SparseSearch()
        let far = try SparseVector(indices: [0, .max], values: [1, 2])
        try search.add([far])
        #expect(
            try search.search([far, SparseVector(indices: [7], values: [1])]).map { $0.map(\.score) } == [[5], []])
    }

    @Test func `a search of an empty corpus has no hits, and a second search is like the first`() throws {
        var search = try SparseSearch()
        let query = try SparseVector(indices: [3, 50], values: [1, 2])
        #expect(try search.search([query]) == [[]])
        try search.add([query, SparseVector(indices: [3], values: [4]), SparseVector(indices: [], values: [])])
        let hits = try search.search([query])
        #expect(hits[0].map(\.corpusID) == [0, 1] && hits[0].map(\.score) == [5, 4])
        #expect(try search.search([query]) == hits)
    }

    @Test func `similarities of sparse vectors are those of all components`() throws {
        let a = try SparseVector(indices: [1, 4], values: [3, 4])
        let b = try SparseVector(indices: [0, 4], values: [12, 5])
        #expect(Similarity.dot.score(a, b) == 20)
        #expect(abs(Similarity.cosine.score(a, b) - 20 / 65) < 1e-6)
        #expect(abs(Similarity.euclidean.score(a, b) + Float(9 + 1 + 144).squareRoot()) < 1e-5)
        #expect(Similarity.manhattan.score(a, b) == -(3 + 1 + 12))
        #expect(try Similarity.cosine.score(a, SparseVector(indices: [], values: [])) == 0)
    }

    @Test func `what is no sparse vector, and no search of them, is an error`() throws {
        for (indices, values) in [([1], []), ([2, 1], [1, 1]), ([1, 1], [1, 1]), ([-1], [1]), ([0], [.nan])]
            as [([Int32], [Float])]
        {
            let error = #expect(throws: BertError.self) { try SparseVector(indices: indices, values: values) }
            #expect(error?.code == .invalidInput)
        }
        #expect(throws: BertError.self) { try SparseSearch(.euclidean) }
        #expect(throws: BertError.self) { try SparseSearch().search([], topK: 0) }
    }
}

struct TokenSearchTests {
    /// Texts of 0 to `most` vectors.
    private static func texts(_ count: Int, most: Int, seed: Int) -> [[[Float]]] {
        (0..<count).map { text in
            (0..<(text * 7 + seed) % (most + 1)).map { token in
                (0..<4).map { Float((text * 31 + token * 17 + $0 * 13 + seed) % 23) / 11 - 1 }
            }
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `hits are those of MaxSim with every text, in blocks`(backend: String) throws {
        let embedder = try TokenEmbedder(
            folder: Fixtures.path("sentences/colbert-stanford"), backend: .named(backend))
        // Of more vectors than a block holds.
        let (corpus, queries) = (Self.texts(900, most: 40, seed: 3), Self.texts(40, most: 30, seed: 8))
        #expect(corpus.joined().count > 16_384 && queries.joined().count > 512)
        var search = TokenSearch(for: embedder)
        try search.add(Array(corpus[..<350]))
        try search.add(Array(corpus[350...]))
        #expect(search.count == 900)
        let found: [[SearchHit]] = try search.search(queries, topK: 5)
        #expect(found.count == 40)
        for (query, hits) in zip(queries, found) {
            let scores = try embedder.scores(query, corpus).map { Double($0) }
            #expect(hits.count == 5)
            #expect(hits.allSatisfy { abs($0.score - scores[$0.corpusID]) < 1e-4 })
            #expect(zip(hits, scores.sorted(by: >)).allSatisfy { abs($0.score - $1) < 1e-4 })
        }
    }

    @Test func `texts without vectors score 0 in the order of the corpus`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = TokenSearch(on: backend)
        try search.add([[], []])
        try search.add([[[-1, 0]], [], [[1, 0], [2, 0]]])
        let hits: [[SearchHit]] = try search.search([[[1, 0]], []], topK: 4)
        #expect(hits[0] == [(4, 2), (0, 0), (1, 0), (3, 0)].map { SearchHit(corpusID: $0, score: $1) })
        #expect(hits[1].map(\.corpusID) == [0, 1, 2, 3])
    }

    @Test func `vectors of another width and numbers that aren't finite are errors with their index`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = TokenSearch(on: backend)
        try search.add([[[1, 0]]])
        let other = #expect(throws: BertError.self) { try search.add([[[1, 2]], [[1, 2, 3]]]) }
        #expect(other?.code == .invalidInput && other?.record == 2)
        #expect(throws: BertError.self) { try search.add([[[.nan, 0]]]) }
        #expect(search.count == 1)
        let query = #expect(throws: BertError.self) { try search.search([[[1, 0]], [[1]]]) as [[SearchHit]] }
        #expect(query?.record == 1)
    }
}

struct RankFusionTests {
    private static let dense = [(4, 0.9), (1, 0.5), (2, 0.1)].map { SearchHit(corpusID: $0, score: $1) }
    private static let sparse = [(2, 30.0), (7, 20), (4, 10)].map { SearchHit(corpusID: $0, score: $1) }

    @Test func `reciprocal ranks add up`() throws {
        let hits = try RankFusion.reciprocalRank().fuse([Self.dense, Self.sparse])
        // 4 is first and third, 2 third and first.
        #expect(hits.map(\.corpusID) == [2, 4, 1, 7])
        #expect(abs(hits[0].score - (1 / 61.0 + 1 / 63)) < 1e-12 && hits[0].score == hits[1].score)
        #expect(abs(hits[2].score - 1 / 62.0) < 1e-12)
        #expect(try RankFusion.reciprocalRank(k: 0).fuse([Self.dense, []], topK: 1)[0].score == 1)
    }

    @Test func `a weighted sum is of scores from 0 to 1`() throws {
        let hits = try RankFusion.weightedSum([0.75, 0.25]).fuse([Self.dense, Self.sparse], topK: 3)
        #expect(hits.map(\.corpusID) == [4, 1, 2])
        #expect(zip(hits.map(\.score), [0.75, 0.375, 0.25]).allSatisfy { abs($0 - $1) < 1e-12 })
        let equal = [SearchHit(corpusID: 3, score: -2)]
        #expect(try RankFusion.weightedSum([2]).fuse([equal]) == [SearchHit(corpusID: 3, score: 2)])
    }

    @Test func `weights and k are checked`() {
        #expect(throws: BertError.self) { try RankFusion.weightedSum([1]).fuse([Self.dense, Self.sparse]) }
        #expect(throws: BertError.self) { try RankFusion.weightedSum([1, -1]).fuse([Self.dense, Self.sparse]) }
        #expect(throws: BertError.self) { try RankFusion.reciprocalRank(k: -1).fuse([Self.dense]) }
        #expect(throws: BertError.self) { try RankFusion.reciprocalRank().fuse([Self.dense], topK: 0) }
    }
}
