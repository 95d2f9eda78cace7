import BertCore
import TestSupport
import Testing

@Suite struct ShapeTests {
    @Test(arguments: [
        ([], 1, 1, 1), ([3], 3, 3, 1), ([2, 3], 6, 3, 2), ([2, 0, 3], 0, 3, 0), ([2, 3, 0], 0, 0, 6),
        ([1, 1, 1, 1, 1, 1, 1, 2], 2, 2, 1), ([Int(Int32.max), 0, Int(Int32.max) / 65_536], 0, 32_767, 0),
    ])
    func `A shape counts its elements and rows`(lengths: [Int], elements: Int, last: Int, rows: Int) throws {
        let shape = try Shape(checking: lengths)
        #expect(Array(shape) == lengths)
        #expect(shape.elementCount == elements)
        #expect(shape.lastLength == last)
        #expect(shape.rowCount == rows)
    }

    @Test(
        arguments: [
            ([1, 1, 1, 1, 1, 1, 1, 1, 1], 9, 8), ([2, -1], -1, nil),
            ([Int(Int32.max) + 1], .int(Int(Int32.max) + 1), .int(Int(Int32.max))), ([Int.max], .int(.max), nil),
            ([Int.min], .int(.min), nil), ([1 << 24, 1 << 25], "[16777216, 33554432]", nil),
            ([Int](repeating: Int(Int32.max), count: 8), nil, nil), ([0, Int(Int32.max), Int(Int32.max)], nil, nil),
        ] as [([Int], BertError.Value?, BertError.Value?)])
    func `A shape that no tensor can have is an error`(
        lengths: [Int], value: BertError.Value?, limit: BertError.Value?
    ) throws {
        expectError(.invalidShape, value: value, limit: limit) { try Shape(checking: lengths) }
    }

    @Test func `Shapes are equal when their axes are`() {
        #expect(Shape([2, 3]) == [2, 3])
        #expect(Shape([2, 3]) != [2, 3, 1])
        #expect(Shape([2]).replacing(axis: 0, with: 5) == [5])
        #expect(Shape([2, 3]).description == "[2, 3]")
    }
}

@Suite struct ShapeRulesTests {
    private static func tensor(_ shape: Shape, _ type: ElementType = .float32) throws -> Tensor {
        try HostMemory().tensor(shape, type) { _ in }
    }

    @Test(arguments: [
        ([2, 3], [3], [2, 3]), ([2, 1], [1, 3], [2, 3]), ([], [4], [4]), ([0, 3], [1], [0, 3]), ([1], [0], [0]),
    ])
    func `Shapes broadcast as in NumPy`(a: [Int], b: [Int], result: [Int]) throws {
        #expect(try ShapeRules.broadcast(Shape(a), Shape(b)) == Shape(result))
        #expect(try ShapeRules.broadcast(Shape(b), Shape(a)) == Shape(result))
    }

    @Test(arguments: [([2, 3], [2]), ([2], [3]), ([0], [2])])
    func `Shapes that do not broadcast are named`(a: [Int], b: [Int]) throws {
        expectError(.invalidShape, value: .string("\(a)"), limit: .string("\(b)")) {
            try ShapeRules.broadcast(Shape(a), Shape(b))
        }
    }

    @Test(arguments: [Int.max, Int.max / 2, 1 << 40, 5, 0, -1, Int.min])
    func `Attention heads that do not divide the features are an error, however many`(heads: Int) throws {
        let sequences = try PackedSequences(lengths: [2])
        let options = AttentionOptions(heads: heads, scale: 1, sequences: sequences)
        let wide = try Self.tensor([2, 24])
        let narrow = try Self.tensor([2, 8])
        #expect(throws: BertError.self) { try ShapeRules.attention(.fused(wide), options) }
        #expect(throws: BertError.self) {
            try ShapeRules.attention(.separate(query: narrow, key: narrow, value: narrow), options)
        }
    }

    @Test func `Attention sizes are those of one head`() throws {
        let options = AttentionOptions(heads: 4, scale: 1, sequences: try PackedSequences(lengths: [2]))
        #expect(try ShapeRules.attention(.fused(Self.tensor([2, 24])), options).headSize == 2)
    }

    @Test func `Parts that can't be joined are named`() throws {
        let parts = [try Self.tensor([2, 3]), try Self.tensor([2, 4])]
        #expect(try ShapeRules.concatenate(parts, axis: 1) == [2, 7])
        #expect(throws: BertError.self) { try ShapeRules.concatenate(parts, axis: 0) }
        #expect(throws: BertError.self) { try ShapeRules.concatenate(parts, axis: 2) }
        #expect(throws: BertError.self) { try ShapeRules.concatenate([], axis: 0) }
    }

    @Test(arguments: [0..<4, -1..<2, 3..<5])
    func `A slice outside its axis is an error`(range: Range<Int>) {
        #expect(throws: BertError.self) { try ShapeRules.slice([3], axis: 0, range: range) }
    }
}

@Suite struct PackedSequencesTests {
    @Test func `Sequences follow each other without padding`() throws {
        let sequences = try PackedSequences(lengths: [3, 0, 2])
        #expect(sequences.offsets == [0, 3, 3, 5])
        #expect(sequences.count == 3)
        #expect(sequences.totalLength == 5)
        #expect(sequences.maximumLength == 3)
        #expect(sequences.lengths == [3, 0, 2])
        #expect(sequences[2] == 3..<5)
        #expect(try PackedSequences(lengths: [Int]()).count == 0)
    }

    @Test(arguments: [[-1], [1, Int.max], [Int.min], [Int(Int32.max), 1]])
    func `Lengths that can't be are an error`(lengths: [Int]) throws {
        let error = try #require(throws: BertError.self) { try PackedSequences(lengths: lengths) }
        #expect(error.code == .invalidArgument)
    }
}
