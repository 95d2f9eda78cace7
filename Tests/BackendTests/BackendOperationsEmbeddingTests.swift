import BertCore
import Testing

@Suite("Embeddings")
struct BackendOperationsEmbeddingTests {
    static let (words, positions, types, n) = (40, 24, 3, 65)

    struct Tables {
        let word, position, type, gamma, beta: [Float]

        init() {
            var numbers = Numbers(seed: 14)
            word = numbers.floats(words * n)
            position = numbers.floats(positions * n)
            type = numbers.floats(types * n)
            gamma = numbers.floats(n)
            beta = numbers.floats(n)
        }

        func upload(to backend: any ComputeBackend, withTypes: Bool) throws -> EmbeddingTables {
            EmbeddingTables(
                word: try backend.constant(word, shape: [words, n]),
                position: try backend.constant(position, shape: [positions, n]),
                tokenType: withTypes ? try backend.constant(type, shape: [types, n]) : nil,
                norm: LayerNormWeights(
                    weight: try backend.constant(gamma, shape: [n]), bias: try backend.constant(beta, shape: [n]),
                    epsilon: 1e-12))
        }
    }

    @Test("are the normalised sum of the tables' rows", arguments: TestedBackend.all, [0, 1, 300])
    func sum(tested: TestedBackend, count: Int) throws {
        let (backend, tables, n) = (tested.backend, Tables(), Self.n)
        var numbers = Numbers(seed: 15)
        let ids = numbers.indices(count, below: Self.words)
        let positions = numbers.indices(count, below: Self.positions)
        let types = numbers.indices(count, below: Self.types)
        let vectors = numbers.floats(count * n)
        for (withTypes, asVectors) in [(true, false), (false, false), (true, true)] {
            let result = try backend.embeddings(
                EmbeddingInput(
                    words: asVectors
                        ? .vectors(backend.constant(vectors, shape: [count, n])) : .ids(backend.indices(ids)),
                    positions: backend.indices(positions), tokenTypes: withTypes ? backend.indices(types) : nil),
                tables.upload(to: backend, withTypes: withTypes))
            let expected = Expected(
                [count, n],
                rows: { row in
                    let sums = (0..<n).map { i in
                        Double(asVectors ? vectors[row * n + i] : tables.word[Int(ids[row]) * n + i])
                            + Double(tables.position[Int(positions[row]) * n + i])
                            + (withTypes ? Double(tables.type[Int(types[row]) * n + i]) : 0)
                    }
                    return Expected.normalised(sums, tables.gamma, tables.beta, epsilon: 1e-12)
                })
            try backend.expect(result, equals: expected, "types \(withTypes), vectors \(asVectors)")
        }
    }

    @Test("an index outside its table is refused", arguments: TestedBackend.all)
    func outside(tested: TestedBackend) throws {
        let backend = tested.backend
        let tables = try Tables().upload(to: backend, withTypes: true)
        func code(_ id: Int32, _ position: Int32, _ type: Int32) -> BertError.Code? {
            errorCode {
                _ = try backend.embeddings(
                    EmbeddingInput(
                        words: .ids(backend.indices([0, id])), positions: backend.indices([0, position]),
                        tokenTypes: backend.indices([0, type])), tables)
            }
        }
        #expect(code(39, 23, 2) == nil)
        #expect(code(40, 23, 2) == .invalidArgument)
        #expect(code(-1, 23, 2) == .invalidArgument)
        #expect(code(39, 24, 2) == .invalidArgument)
        #expect(code(39, 23, 3) == .invalidArgument)
        #expect(
            errorCode {
                _ = try backend.embeddings(
                    EmbeddingInput(
                        words: .ids(backend.indices([0])), positions: backend.indices([0]), tokenTypes: nil), tables)
            } == .invalidArgument)
    }
}
