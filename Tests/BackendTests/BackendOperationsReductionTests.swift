import BertCore
import Testing

@Suite("Reductions and pooling")
struct BackendOperationsReductionTests {
    @Test(
        "reduce any axis and keep it with length 1", arguments: TestedBackend.all,
        [
            [7], [5, 33], [3, 4, 5], [2, 3, 1, 5], [70, 701], [0, 3], [3, 0], [1, 70_000], [70_000, 1], [9, 70, 11],
        ])
    func reduce(tested: TestedBackend, lengths: [Int]) throws {
        let (backend, shape) = (tested.backend, Shape(lengths))
        var numbers = Numbers(seed: 8)
        let x = numbers.floats(shape.elementCount)
        for axis in shape.indices {
            let (length, inner) = (shape[axis], shape.dropFirst(axis + 1).reduce(1, *))
            for operation in Reduction.allCases {
                let result = try backend.reduce(operation, backend.constant(x, shape: shape), axis: axis)
                let expected = Expected(shape.replacing(axis: axis, with: 1)) { index in
                    let values = (0..<length).map {
                        Double(x[(index / inner * length + $0) * inner + index % inner])
                    }
                    return operation == .sum ? values.reduce(0, +) : values.max() ?? -.infinity
                }
                try backend.expect(
                    result, equals: expected, absolute: operation == .sum ? 1e-5 * Double(length).squareRoot() : 0,
                    relative: 1e-6, "\(operation) along axis \(axis) of \(lengths)")
            }
        }
        #expect(
            errorCode { _ = try backend.reduce(.sum, backend.constant(x, shape: shape), axis: 9) } == .invalidShape)
    }

    @Test("meet NaN and infinity", arguments: TestedBackend.all)
    func specialNumbers(tested: TestedBackend) throws {
        let backend = tested.backend
        let x = try backend.tensor([1, .nan, 3, 4, -.infinity, -.infinity, 7, 8, .infinity], 3, 3)
        try backend.expect(backend.reduce(.maximum, x, axis: 1), equals: Expected([3, 1], [.nan, 4, .infinity]))
        try backend.expect(backend.reduce(.sum, x, axis: 1), equals: Expected([3, 1], [.nan, -.infinity, .infinity]))
        try backend.expect(backend.reduce(.maximum, x, axis: 0), equals: Expected([1, 3], [7, .nan, .infinity]))
    }

    @Test("pool each sequence", arguments: TestedBackend.all, Pooling.allCases)
    func pool(tested: TestedBackend, pooling: Pooling) throws {
        let backend = tested.backend
        let (lengths, n) = ([1, 5, 2, 130, 17], 37)
        let sequences = try PackedSequences(lengths: lengths)
        var numbers = Numbers(seed: 9)
        let x = numbers.floats(sequences.totalLength * n)
        let result = try backend.pool(
            backend.constant(x, shape: [sequences.totalLength, n]), sequences: sequences, pooling)
        let expected = Expected([lengths.count, n]) { index in
            let values = sequences[index / n].map { Double(x[$0 * n + index % n]) }
            let sum = values.reduce(0, +)
            switch pooling {
            case .cls: return values[0]
            case .lastToken: return values[values.count - 1]
            case .max: return values.max() ?? .nan
            case .mean: return sum / Double(values.count)
            case .meanSquareRootLength: return sum / Double(values.count).squareRoot()
            }
        }
        try backend.expect(result, equals: expected, "\(pooling)")
    }

    @Test("pool nothing to nothing, and refuse an empty sequence", arguments: TestedBackend.all)
    func poolNothing(tested: TestedBackend) throws {
        let backend = tested.backend
        let nothing = try backend.constant([], shape: [0, 5])
        #expect(try backend.pool(nothing, sequences: PackedSequences(lengths: []), .mean).shape == [0, 5])
        #expect(
            errorCode { _ = try backend.pool(nothing, sequences: PackedSequences(lengths: [0]), .mean) }
                == .invalidArgument)
        #expect(
            errorCode { _ = try backend.pool(nothing, sequences: PackedSequences(lengths: [2]), .cls) } == .invalidShape
        )
    }
}
