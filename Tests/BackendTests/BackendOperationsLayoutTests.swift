import BertCore
import Testing

@Suite("Rows and layout")
struct BackendOperationsLayoutTests {
    @Test("rows are gathered, and added back where they came from", arguments: TestedBackend.all)
    func rows(tested: TestedBackend) throws {
        let backend = tested.backend
        let (tableRows, n, count) = (50, 33, 2_000)
        var numbers = Numbers(seed: 13)
        let table = numbers.floats(tableRows * n)
        let indices = numbers.indices(count, below: tableRows)
        let list = try backend.indices(indices)
        let gathered = try backend.gatherRows(backend.tensor(table, tableRows, n), indices: list)
        try backend.expect(
            gathered,
            equals: Expected([count, n]) { Double(table[Int(indices[$0 / n]) * n + $0 % n]) }, absolute: 0)

        var sums = [Double](repeating: 0, count: tableRows * n)
        for (row, index) in indices.enumerated() {
            for i in 0..<n { sums[Int(index) * n + i] += Double(table[Int(indices[row]) * n + i]) }
        }
        try backend.expect(
            backend.scatterAddRows(gathered, indices: list, rowCount: tableRows),
            equals: Expected([tableRows, n]) { sums[$0] }, absolute: 1e-4)
    }

    @Test("rows of cubes are gathered, and no rows give none", arguments: TestedBackend.all)
    func otherShapes(tested: TestedBackend) throws {
        let backend = tested.backend
        let cube = try backend.tensor([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2)
        try backend.expect(
            backend.gatherRows(cube, indices: backend.indices([1, 0, 1])),
            equals: Expected([3, 2, 2], [5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]), absolute: 0)
        #expect(try backend.gatherRows(cube, indices: backend.indices([])).shape == [0, 2, 2])
        try backend.expect(
            backend.scatterAddRows(backend.constant([], shape: [0, 2]), indices: backend.indices([]), rowCount: 2),
            equals: Expected([2, 2], [0, 0, 0, 0]), absolute: 0)
    }

    @Test("an index outside the table is refused", arguments: TestedBackend.all, [Int32(-1), 5, .max, .min])
    func outside(tested: TestedBackend, index: Int32) throws {
        let backend = tested.backend
        let table = try backend.tensor([Float](repeating: 1, count: 10), 5, 2)
        let list = try backend.indices([Int32](repeating: 0, count: 50_000) + [index])
        #expect(errorCode { _ = try backend.gatherRows(table, indices: list) } == .invalidArgument)
        let rows = try backend.constant([Float](repeating: 1, count: 50_001), shape: [50_001, 1])
        #expect(errorCode { _ = try backend.scatterAddRows(rows, indices: list, rowCount: 5) } == .invalidArgument)
        #expect(errorCode { _ = try backend.gatherRows(table, indices: table) } == .invalidShape)
    }

    @Test(
        "axes are permuted", arguments: TestedBackend.all, [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1], [1, 2, 0]])
    func permute(tested: TestedBackend, axes: [Int]) throws {
        let (backend, shape) = (tested.backend, Shape([3, 4, 5]))
        let output = Shape(axes.map { shape[$0] })
        let strides = [20, 5, 1]
        let expected = Expected(output) { index in
            let place = [index / (output[1] * output[2]), index / output[2] % output[1], index % output[2]]
            return Double((0..<3).reduce(0) { $0 + place[$1] * strides[axes[$1]] })
        }
        let x = try backend.constant((0..<60).map(Float.init), shape: shape)
        try backend.expect(backend.permute(x, axes: axes), equals: expected, absolute: 0)
        #expect(errorCode { _ = try backend.permute(x, axes: [0, 0, 1]) } == .invalidShape)
        #expect(try backend.permute(backend.constant([], shape: [0, 4]), axes: [1, 0]).shape == [4, 0])
    }

    @Test("an axis is cut and joined again", arguments: TestedBackend.all, [0, 1, 2])
    func sliceAndJoin(tested: TestedBackend, axis: Int) throws {
        let (backend, shape) = (tested.backend, Shape([3, 4, 5]))
        let values = (0..<60).map(Float.init)
        let x = try backend.constant(values, shape: shape)
        let length = shape[axis]
        let parts = try [0..<1, 1..<1, 1..<length].map { try backend.slice(x, axis: axis, range: $0) }
        #expect(parts.map { $0.shape[axis] } == [1, 0, length - 1])
        try backend.expect(backend.concatenate(parts, axis: axis), equals: Expected(shape, values), absolute: 0)
        #expect(errorCode { _ = try backend.slice(x, axis: axis, range: 1..<length + 1) } == .invalidShape)
        #expect(errorCode { _ = try backend.concatenate([], axis: 0) } == .invalidArgument)
        #expect(
            errorCode { _ = try backend.concatenate([x, backend.tensor([1], 1)], axis: axis) } == .invalidShape)
    }

    @Test(
        "numbers go into another type and back", arguments: TestedBackend.all,
        [ElementType.float64, .float16, .bfloat16, .int8, .int32, .int64])
    func cast(tested: TestedBackend, type: ElementType) throws {
        let backend = tested.backend
        let whole = (-100...100).map(Float.init)
        let there = try backend.cast(backend.tensor(whole, whole.count), to: type)
        #expect(there.elementType == type)
        try backend.expect(
            backend.cast(there, to: .float32), equals: Expected([whole.count], whole), absolute: 0, "\(type)")
    }

    @Test("shorter floating-point types round to nearest even", arguments: TestedBackend.all)
    func rounding(tested: TestedBackend) throws {
        let backend = tested.backend
        let x: [Float] = [1 + 0x1p-8, 1 + 0x3p-8, 1 + 0x1.8p-8, .greatestFiniteMagnitude, -0, .nan]
        let bfloat = try backend.cast(backend.cast(backend.tensor(x, 6), to: .bfloat16), to: .float32)
        try backend.expect(
            bfloat, equals: Expected([6], [1, 1 + 0x1p-6, 1 + 0x1p-7, .infinity, 0, .nan]), absolute: 0, relative: 0)
        let y: [Float] = [1 + 0x1p-11, 1 + 0x3p-11, 65_519, 65_520, 0x1p-25, 0x1.8p-24]
        let half = try backend.cast(backend.cast(backend.tensor(y, 6), to: .float16), to: .float32)
        try backend.expect(
            half, equals: Expected([6], [1, 1 + 0x1p-9, 65_504, .infinity, 0, 0x1p-23]), absolute: 0, relative: 0)
    }

    @Test("a tensor comes back as it went in", arguments: TestedBackend.all)
    func memory(tested: TestedBackend) throws {
        let backend = tested.backend
        let values: [Float] = [1, -0, .infinity, .leastNonzeroMagnitude]
        #expect(try backend.floats(backend.tensor(values, 2, 2)).map(\.bitPattern) == values.map(\.bitPattern))
        #expect(try backend.floats(backend.constant([], shape: [0, 3])).isEmpty)
        #expect(
            errorCode { _ = try backend.upload(HostBuffer([Float(1)]), shape: [2], elementType: .float32) }
                == .invalidShape)
    }
}
