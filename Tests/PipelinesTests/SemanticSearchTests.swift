import Bert
import BertJSON
import TestSupport
import Testing

@Suite struct SemanticSearchTests {
    private func similarity(_ fixture: JSONValue) throws -> Similarity {
        let name = try #require(fixture["function"]?.stringValue)
        return try #require(Similarity(rawValue: name))
    }

    @Test(arguments: AvailableBackends.names())
    func `similarities are those of sentence-transformers`(backend name: String) throws {
        let json = try EmbeddingFixture.json()
        let (queries, corpus) = (
            try EmbeddingFixture.matrix(json["queries"]), try EmbeddingFixture.matrix(json["corpus"])
        )
        let cases = try #require(json["similarity"]?.arrayValue)
        #expect(cases.count == Similarity.allCases.count)
        for fixture in cases {
            let got = try similarity(fixture).matrix(
                queries, corpus, on: BackendRegistry.shared.backend(.named(name)))
            let problem = try EmbeddingFixture.difference(got, EmbeddingFixture.matrix(fixture["matrix"]))
            #expect(problem == nil, "\(fixture["function"] ?? .null) on \(name)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `hits are those of sentence-transformers, equal ones in the order of the corpus`(
        backend name: String
    ) throws {
        let json = try EmbeddingFixture.json()
        let (queries, corpus) = (
            try EmbeddingFixture.matrix(json["queries"]), try EmbeddingFixture.matrix(json["corpus"])
        )
        let cases = try #require(json["search"]?.arrayValue)
        #expect(cases.count == 8)
        for fixture in cases {
            var search = SemanticSearch(
                try similarity(fixture), on: try BackendRegistry.shared.backend(.named(name)))
            // In parts, so that several blocks are searched.
            for start in stride(from: 0, to: corpus.count, by: 25) {
                try search.add(Array(corpus[start..<min(start + 25, corpus.count)]))
            }
            let got: [[SearchHit]] = try search.search(queries, topK: #require(fixture["top_k"]?.intValue))
            for (hits, want) in zip(got, try #require(fixture["hits"]?.arrayValue)) {
                let problem = PipelineFixture.difference(try PipelineFixture.json(hits), want)
                #expect(problem == nil, "\(fixture["function"] ?? .null) on \(name)")
            }
            #expect(got.count == queries.count)
        }
    }

    @Test func `thousands of vectors in blocks give what a sort of all gives`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        let corpus = (0..<5_000).map { [Float($0 * 7_919 % 1_009), 1] }
        var search = SemanticSearch(.dot, on: backend)
        try search.add(corpus)
        #expect(search.count == 5_000)
        let hits: [[SearchHit]] = try search.search([[1, 0], [-1, 0.5]], topK: 40)
        for (query, sign) in [1, -1].enumerated() {
            let order = corpus.indices.sorted { a, b in
                let scores = (Float(sign) * corpus[a][0], Float(sign) * corpus[b][0])
                return scores.0 == scores.1 ? a < b : scores.0 > scores.1
            }
            #expect(hits[query].map(\.corpusID) == Array(order.prefix(40)))
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `one query and many find the same among many blocks`(backend name: String) throws {
        let (count, width) = (40 * 4_096 + 3, 3)
        let values = (0..<count * width).map { Float($0 * 7_919 % 100_003) / 100_003 - 0.5 }
        var search = SemanticSearch(.dot, on: try BackendRegistry.shared.backend(.named(name)))
        try search.add(rows: HostBuffer(values), width: width)
        try search.add([[0.25, 0.5, -1], [4, -2, 1]])
        #expect(search.count == count + 2)
        let queries = (0..<40).map { [Float($0) - 20, 7, Float($0 % 3)] }
        let together: [[SearchHit]] = try search.search(queries, topK: 5)
        for (query, expected) in zip(queries, together).prefix(9) {
            let hits = try search.search([query], topK: 5) as [[SearchHit]]
            #expect(hits[0].count == 5)
            // Almost equal scores may be in another order.
            for (a, b) in zip(hits[0], expected) {
                #expect(abs(a.score - b.score) < 1e-5)
                guard a.corpusID < count else { continue }
                let vector = values[a.corpusID * width..<(a.corpusID + 1) * width]
                #expect(abs(Double(zip(query, vector).reduce(0) { $0 + $1.0 * $1.1 }) - a.score) < 1e-5)
            }
        }
        let found = try search.search([[8, -4, 2]], topK: 1) as [[SearchHit]]
        #expect(found[0][0].corpusID == count + 1)
    }

    @Test(arguments: [VectorPrecision.int8, .uint8, .binary, .ubinary], Similarity.allCases)
    func `quantized vectors give the hits of their approximate components`(
        precision: VectorPrecision, similarity: Similarity
    ) throws {
        let backend = try BackendRegistry.shared.backend("reference")
        // 13 components, so that the last byte of bits isn't full, and more vectors than a block has.
        let vectors: [[Float]] = (0..<4_200).map { row in
            (0..<13).map { column in
                let number = (row * 31 + column * 17) % 101
                return Float(number) / 50 - 1
            }
        }
        let quantize = try VectorQuantizer(precision, ranges: VectorRanges(of: vectors.prefix(100)))
        let stored = try vectors.map { try quantize($0) }
        let bytes = stored.flatMap { vector -> [UInt8] in
            switch vector {
            case .float32: []
            case .int8(let values): values.map { UInt8(bitPattern: $0) }
            case .uint8(let values): values
            }
        }
        var (got, want) = (SemanticSearch(similarity, on: backend), SemanticSearch(similarity, on: backend))
        try got.add(rows: HostBuffer(bytes), width: 13, quantizedBy: quantize)
        try want.add(stored.map { try quantize.dequantize($0, width: 13) })
        #expect(got.count == 4_200)
        #expect(got.dimension == 13)
        let queries = [vectors[7].map { $0 + 0.01 }, vectors[4_150]]
        let (hits, expected): ([[SearchHit]], [[SearchHit]]) = (
            try got.search(queries, topK: 20), try want.search(queries, topK: 20)
        )
        #expect(hits.map { $0.map(\.corpusID) } == expected.map { $0.map(\.corpusID) })
        #expect(hits.map { $0.map(\.score) } == expected.map { $0.map(\.score) })
    }

    @Test(arguments: [VectorPrecision.binary, .ubinary], [Similarity.dot, .cosine])
    func `bits that can't be among the best are skipped, and no others`(
        precision: VectorPrecision, similarity: Similarity
    ) throws {
        let backend = try BackendRegistry.shared.backend("simd")
        let (width, count) = (300, 20_000)
        var state: UInt32 = 7
        func number() -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 23) - 1
        }
        let quantize = try VectorQuantizer(precision)
        var bytes = [UInt8](repeating: 0, count: count * quantize.count(of: width))
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: Int(number() * 1_000_000)) }
        var (got, want) = (SemanticSearch(similarity, on: backend), SemanticSearch(similarity, on: backend))
        try got.add(rows: HostBuffer(bytes), width: width, quantizedBy: quantize)
        let stored = quantize.count(of: width)
        try want.add(
            (0..<count).map { row in
                let part = Array(bytes[row * stored..<(row + 1) * stored])
                return try quantize.dequantize(
                    precision == .binary ? .int8(part.map { Int8(bitPattern: $0) }) : .uint8(part), width: width)
            })
        // Equal magnitudes give many ties; one large component makes the others round to zero.
        let queries: [[Float]] = [
            (0..<width).map { _ in number() }, (0..<width).map { _ in number() < 0 ? -1 : 1 },
            (0..<width).map { $0 == 5 ? 1_000 : number() }, [Float](repeating: 0, count: width),
        ]
        for topK in [1, 10, 1_500, count] {
            let (hits, expected): ([[SearchHit]], [[SearchHit]]) = (
                try got.search(queries, topK: topK), try want.search(queries, topK: topK)
            )
            for query in queries.indices {
                #expect(hits[query].map(\.corpusID) == expected[query].map(\.corpusID), "query \(query), top \(topK)")
                #expect(hits[query].map(\.score) == expected[query].map(\.score))
            }
        }
    }

    @Test func `quantized vectors of another size than the corpus are refused`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = SemanticSearch(on: backend)
        let bits = try VectorQuantizer(.ubinary)
        let half = #expect(throws: BertError.self) {
            try search.add(rows: HostBuffer([UInt8](repeating: 1, count: 5)), width: 16, quantizedBy: bits)
        }
        #expect(half?.code == .invalidInput)
        try search.add(rows: HostBuffer([UInt8](repeating: 1, count: 4)), width: 16, quantizedBy: bits)
        let wide = #expect(throws: BertError.self) {
            try search.add(rows: HostBuffer([UInt8](repeating: 1, count: 6)), width: 24, quantizedBy: bits)
        }
        #expect(wide?.limit == .int(16))
        let ranges = try VectorQuantizer(.int8, ranges: VectorRanges(of: [[0, 0], [1, 1]]))
        let other = #expect(throws: BertError.self) {
            try search.add(rows: HostBuffer([UInt8](repeating: 1, count: 16)), width: 16, quantizedBy: ranges)
        }
        #expect(other?.code == .invalidArgument)
        #expect(search.count == 2)
    }

    @Test func `an embedder compares its vectors as its folder says`() throws {
        let embedder = try SentenceEmbedder(folder: Fixtures.path("pipelines/sentence-bert"), backend: "reference")
        #expect(embedder.settings.similarity == .dot)
        #expect(try embedder.similarity([[1, 2]], [[3, 4], [0, 1]]) == [[11, 2]])
        #expect(SemanticSearch(for: embedder).similarity == .dot)
    }

    @Test func `an asynchronous search gives the same, and nothing of nothing`() async throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = SemanticSearch(on: backend)
        let none: [[SearchHit]] = try await search.search([[1, 2]])
        #expect(none == [[]])
        try search.add([])
        #expect(search.dimension == nil)
        try search.add([[1, 0], [0, 1]])
        let hits: [[SearchHit]] = try await search.search([[0, 2]], topK: 1)
        #expect(hits == [[SearchHit(corpusID: 1, score: 1)]])
        #expect(try Similarity.dot.matrix([[1]], [], on: backend) == [[]])
        #expect(try Similarity.dot.matrix([], [[1]], on: backend) == [])
    }

    @Test func `vectors that don't fit are an error that names them`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = SemanticSearch(on: backend)
        try search.add([[1, 0], [0, 1]])
        let wide = #expect(throws: BertError.self) { try search.add([[1, 1], [1, 2, 3]]) }
        #expect(wide?.record == 3)
        #expect(wide?.value == 3)
        #expect(wide?.limit == 2)
        #expect(search.count == 2)
        let infinite = #expect(throws: BertError.self) { try search.search([[.nan, 1]]) as [[SearchHit]] }
        #expect(infinite?.record == 0)
        #expect(throws: BertError.self) { try search.search([[1, 1]], topK: 0) as [[SearchHit]] }
        #expect(throws: BertError.self) { try Similarity.euclidean.matrix([[1]], [[1, 2]], on: backend) }
    }

    @Test(arguments: AvailableBackends.names(), Similarity.allCases)
    func `rows in memory are found like vectors that are added`(backend name: String, similarity: Similarity) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        // More than a block, one of length 0, and some whose squares no float32 holds.
        var corpus: [[Float]] = []
        for row in 0..<4_200 {
            let scale: Float = row == 7 ? 0 : row == 9 ? 1e25 : row == 11 ? 1e-30 : 1
            var vector: [Float] = []
            for column in 0..<19 {
                let number = Float((row * 31 + column * 17) % 101 - 50)
                vector.append((number + Float(row) / 500) * scale)
            }
            corpus.append(vector)
        }
        let queries: [[Float]] = [corpus[5], corpus[4_100], corpus[3].map { -$0 }]
        var (vectors, rows) = (SemanticSearch(similarity, on: backend), SemanticSearch(similarity, on: backend))
        try vectors.add(corpus)
        try rows.add(rows: HostBuffer(Array(corpus[..<10].joined())), width: 19)
        try rows.add(rows: HostBuffer(Array(corpus[10...].joined())), width: 19)
        #expect(rows.count == 4_200 && rows.dimension == 19)
        let (got, want): ([[SearchHit]], [[SearchHit]]) = try (
            rows.search(queries, topK: 30), vectors.search(queries, topK: 30)
        )
        for (got, want) in zip(got.joined(), want.joined()) {
            #expect(abs(got.score - want.score) <= 1e-4 * max(1, abs(want.score)))
        }
        #expect(got.map(\.count) == [30, 30, 30])
        if similarity != .dot { #expect(got[0][0].corpusID == 5 && got[1][0].corpusID == 4_100) }
    }

    @Test func `rows that are no whole vectors or not finite are errors that add nothing`() throws {
        let backend = try BackendRegistry.shared.backend("reference")
        var search = SemanticSearch(on: backend)
        #expect(throws: BertError.self) { try search.add(rows: HostBuffer([Float(1), 2, 3]), width: 2) }
        let bad = #expect(throws: BertError.self) {
            try search.add(rows: HostBuffer([Float(1), 2, 3, .infinity]), width: 2)
        }
        #expect(bad?.code == .invalidInput && bad?.record == 1)
        #expect(search.count == 0)
        try search.add(rows: HostBuffer([Float(1), 2]), width: 2)
        #expect(throws: BertError.self) { try search.add(rows: HostBuffer([Float(1), 2, 3]), width: 3) }
    }
}
