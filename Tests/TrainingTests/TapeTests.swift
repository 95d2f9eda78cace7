import Bert
import BertTraining
import TestSupport
import Testing

@Suite("DifferentiatingBackend")
struct TapeTests {
    private let base: any ComputeBackend

    init() throws { base = try BackendRegistry.shared.backend("reference", for: "a test") }

    private func values(_ shape: Shape, _ seed: Int = 0) -> [Float] {
        (0..<shape.elementCount).map { Float(($0 * 37 + seed * 53) % 97) / 97 + 0.25 }
    }

    private func tensor(_ shape: Shape, _ seed: Int = 0) throws -> Tensor {
        try base.constant(values(shape, seed), shape: shape)
    }

    /// Compares the gradients of Σ w · f(operands) with central differences.
    private func check(
        _ shapes: [Shape], _ seeds: [[Float]]? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        body: (any ComputeBackend, [Tensor]) throws -> Tensor
    ) throws {
        let operands = seeds ?? shapes.indices.map { values(shapes[$0], $0) }
        func tensors(_ operands: [[Float]]) throws -> [Tensor] {
            try zip(operands, shapes).map { try base.constant($0, shape: $1) }
        }
        let tape = DifferentiatingBackend(base: base)
        let leaves = try tensors(operands).map { try tape.track($0) }
        let output = try body(tape, leaves)
        let weights = (0..<output.shape.elementCount).map { Float(($0 * 29) % 31) / 31 - 0.25 }
        let found = try tape.gradients(
            from: [(output, base.constant(weights, shape: output.shape))], of: leaves)
        func loss(_ operands: [[Float]]) throws -> Double {
            let output = try base.floats(body(base, tensors(operands)))
            return zip(output, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        for (index, gradient) in found.enumerated() {
            let gradient = try base.floats(try #require(gradient, sourceLocation: sourceLocation))
            for element in gradient.indices {
                let step: Float = 0x1p-7
                var (above, below) = (operands, operands)
                above[index][element] += step
                below[index][element] -= step
                let slope = (try loss(above) - loss(below)) / (2 * Double(step))
                #expect(
                    abs(slope - Double(gradient[element])) < 3e-3 * max(1, abs(slope)),
                    "operand \(index), element \(element)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("Products", arguments: [false, true], [false, true])
    func products(transposeA: Bool, transposeB: Bool) throws {
        let (a, b): (Shape, Shape) = (transposeA ? [2, 4, 3] : [2, 3, 4], transposeB ? [5, 4] : [4, 5])
        try check([a, b]) { backend, x in
            try backend.matmul(x[0], x[1], transposeA: transposeA, transposeB: transposeB, scale: 0.5)
        }
    }

    @Test(
        "Two operands, broadcast",
        arguments: [
            BinaryOperation.add, .subtract, .multiply, .divide, .maximum, .minimum,
        ])
    func binary(_ operation: BinaryOperation) throws {
        try check([[2, 3], [3]]) { try $0.binary(operation, $1[0], $1[1]) }
        try check([[3, 1], [2, 1, 4]]) { try $0.binary(operation, $1[0], $1[1]) }
    }

    @Test("One operand", arguments: UnaryOperation.allCases)
    func unary(_ operation: UnaryOperation) throws { try check([[2, 3]]) { try $0.unary(operation, $1[0]) } }

    @Test("Reductions", arguments: Reduction.allCases, [0, 1, 2])
    func reduction(_ reduction: Reduction, axis: Int) throws {
        try check([[2, 3, 2]]) { try $0.reduce(reduction, $1[0], axis: axis) }
    }

    @Test("Layout")
    func layout() throws {
        try check([[4, 3]]) { try $0.gatherRows($1[0], indices: $0.indices([1, 3, 1])) }
        try check([[3, 2]]) { try $0.scatterAddRows($1[0], indices: $0.indices([1, 0, 1]), rowCount: 4) }
        try check([[2, 3, 4]]) { try $0.permute($1[0], axes: [2, 0, 1]) }
        try check([[2, 3], [2, 1]]) { try $0.concatenate([$1[0], $1[1], $1[0]], axis: 1) }
        // Parts with a gap, overlapping parts, and parts of a view.
        try check([[2, 6]]) { backend, x in
            let a = try backend.slice(x[0], axis: 1, range: 0..<2)
            let b = try backend.slice(x[0], axis: 1, range: 3..<5)
            let c = try backend.slice(x[0], axis: 1, range: 4..<6)
            let d = try backend.slice(x[0].reshaped(to: [3, 4]), axis: 0, range: 1..<2).reshaped(to: [2, 2])
            return try backend.binary(.multiply, backend.binary(.add, backend.binary(.multiply, a, b), c), d)
        }
    }

    // MARK: Composites

    @Test(
        "Linear layers",
        arguments: [
            nil, LinearActivation.gelu, .tanh, .relu, .gated(.silu), .gated(.geluTanh),
        ])
    func linear(_ activation: LinearActivation?) throws {
        let output = activation?.isGated == true ? 2 : 4
        try check(
            [[2, 3, 5], [4, 5], [4], [2, 3, output]],
            [
                values([2, 3, 5], 1), values([4, 5], 2).map { $0 - 0.7 }, values([4], 3), values([2, 3, output], 4),
            ]
        ) { backend, x in
            try backend.linear(
                x[0], backend.prepareLinear(weight: x[1], bias: x[2]), activation: activation, residual: x[3])
        }
    }

    @Test("Cross entropy of rows, of which one is left out", arguments: [Float(0), 0.125])
    func crossEntropy(smoothing: Float) throws {
        try check([[3, 4]]) { backend, x in
            try backend.crossEntropy(
                x[0], labels: backend.indices([2, -100, 0]), CrossEntropyOptions(smoothing: smoothing, scale: 0.25)
            ).losses
        }
        // The gradient that comes with the losses has the scale that was asked for.
        let x = try tensor([2, 3])
        let tape = DifferentiatingBackend(base: base)
        let leaf = try tape.track(x)
        let output = try tape.crossEntropy(leaf, labels: tape.indices([1, 2]), CrossEntropyOptions(scale: 0.5))
        let seed = try base.constant([0.5, 0.5], shape: [2])
        let found = try #require(try tape.gradients(from: [(output.losses, seed)], of: [leaf])[0])
        #expect(try base.floats(found) == base.floats(output.gradient))
    }

    @Test("Activations", arguments: Activation.allCases)
    func activations(_ activation: Activation) throws {
        try check([[2, 3]], [[-2, -0.5, 0.25, 0.75, 1.5, -1]]) { try $0.activation(activation, $1[0]) }
    }

    @Test("ReLU has no slope at 0, unlike half of a maximum")
    func kink() throws {
        let tape = DifferentiatingBackend(base: base)
        let x = try tape.track(base.constant([0, 1], shape: [2]))
        let y = try tape.activation(.relu, x)
        let gradient = try tape.gradients(from: [(y, base.constant([1, 1], shape: [2]))], of: [x])[0]
        #expect(try base.floats(#require(gradient)) == [0, 1])
    }

    @Test("Rows")
    func rows() throws {
        try check([[3, 4], [3, 4], [4], [4]]) { backend, x in
            try backend.layerNorm(
                x[0], residual: x[1], LayerNormWeights(weight: x[2], bias: x[3], epsilon: 1e-3))
        }
        try check([[2, 3, 4], [3, 1]]) { try $0.softmax($1[0], mask: $1[1], scale: 2) }
        try check([[3, 4]]) { try $0.l2Normalize($1[0], epsilon: 1e-6) }
        // Below epsilon, the operation divides by a constant.
        try check([[3, 4]]) { try $0.l2Normalize($1[0], epsilon: 100) }
        let sequences = try PackedSequences(lengths: [2, 1, 3])
        for pooling in Pooling.allCases {
            try check([[6, 2]]) { try $0.pool($1[0], sequences: sequences, pooling) }
        }
    }

    @Test("Embeddings, whose row of padding gets nothing from lookups")
    func embeddings() throws {
        let (ids, positions) = (try base.indices([1, 4, 1]), try base.indices([0, 1, 2]))
        func embed(_ backend: any ComputeBackend, _ x: [Tensor]) throws -> Tensor {
            try backend.embeddings(
                EmbeddingInput(words: .ids(ids), positions: positions, tokenTypes: base.indices([0, 1, 0])),
                EmbeddingTables(
                    word: x[0], position: x[1], tokenType: x[2],
                    norm: LayerNormWeights(weight: x[3], bias: x[4], epsilon: 1e-3)))
        }
        try check([[5, 3], [3, 3], [2, 3], [3], [3]], body: embed)
        let tape = DifferentiatingBackend(base: base)
        let table = try tape.track(tensor([5, 3]), paddingRow: 1)
        let rest = try [[3, 3], [2, 3], [3], [3]].map { try tensor($0) }
        let y = try embed(tape, [table] + rest)
        // The table is also used as a decoder, where the padding row contributes.
        let scores = try tape.matmul(y, table, transposeA: false, transposeB: true, scale: 1)
        let seed = try tensor(scores.shape)
        let gradient = try base.floats(#require(tape.gradients(from: [(scores, seed)], of: [table])[0]))
        let decoder = try base.floats(
            base.matmul(
                seed,
                tape.base.embeddings(
                    EmbeddingInput(words: .ids(ids), positions: positions, tokenTypes: base.indices([0, 1, 0])),
                    EmbeddingTables(
                        word: tensor([5, 3]), position: rest[0], tokenType: rest[1],
                        norm: LayerNormWeights(weight: rest[2], bias: rest[3], epsilon: 1e-3))),
                transposeA: true, transposeB: false, scale: 1))
        #expect(Array(gradient[3..<6]) == Array(decoder[3..<6]))
        #expect(gradient[12] != decoder[12])
    }

    @Test("Attention of every kind")
    func attention() throws {
        let sequences = try PackedSequences(lengths: [2, 3])
        func options(_ change: (inout AttentionOptions) throws -> Void = { _ in }) throws -> AttentionOptions {
            var options = AttentionOptions(heads: 2, scale: 0.7, sequences: sequences)
            try change(&options)
            return options
        }
        let mask = try base.constant(
            [0, 0, 0, 0] + [0, 0, -.greatestFiniteMagnitude, 0, 0, 0]
                + [0, -.greatestFiniteMagnitude, -.greatestFiniteMagnitude], shape: [13])
        for options in try [
            options(), options { $0.mask = mask }, options { $0.reach = 1 },
            options { $0.headScale = try base.constant([0.5, 1], shape: [2]) },
            options {
                $0.rotation = Rotation(
                    cosines: try base.constant(values([3, 1], 1), shape: [3, 1]),
                    sines: try base.constant(values([3, 1], 2), shape: [3, 1]))
            },
        ] {
            try check([[5, 12]]) { try $0.attention(.fused($1[0]), options).context }
        }
        try check([[5, 4], [5, 4], [5, 4], [2, 5]]) { backend, x in
            try backend.attention(
                .separate(query: x[0], key: x[1], value: x[2]),
                options {
                    $0.distanceBias = x[3]
                }
            ).context
        }
        try check([[5, 12], [4, 4], [4, 4]]) { backend, x in
            try backend.attention(
                .fused(x[0]),
                options {
                    $0.relative = RelativeAttention(
                        keys: x[1], queries: x[2], rows: try base.indices([0, 1, 2, 3, 3]))
                }
            ).context
        }
    }

    // MARK: The tape

    @Test("What isn't tracked records nothing, and what isn't reached has no gradient")
    func untracked() throws {
        let tape = DifferentiatingBackend(base: base)
        let (a, b) = (try tape.track(tensor([2, 3])), try tape.track(tensor([2, 3], 1)))
        #expect(tape.recordedNodes == 2)
        let plain = try tensor([2, 3], 2)
        let constant = try tape.activation(.gelu, tape.binary(.add, plain, plain))
        #expect(tape.recordedNodes == 2)
        #expect(constant.storage.storageKind == plain.storage.storageKind)
        let weights = try tape.prepareLinear(weight: plain, bias: nil)
        _ = try tape.linear(constant, weights, activation: .gelu, residual: nil)
        #expect(tape.recordedNodes == 2)
        let y = try tape.binary(.multiply, a, constant)
        // Comparisons are step functions.
        _ = try tape.binary(.greater, a, constant)
        #expect(tape.recordedNodes == 3)
        #expect(try base.floats(base.binary(.multiply, tensor([2, 3]), constant)) == tape.floats(y))
        let gradients = try tape.gradients(from: [(y, plain), (constant, plain)], of: [a, b])
        #expect(gradients[0] != nil && gradients[1] == nil)
        #expect(tape.recordedNodes == 0)
    }

    @Test("A tensor of another step, and one that was consumed, are refused")
    func foreign() throws {
        let (tape, other) = (DifferentiatingBackend(base: base), DifferentiatingBackend(base: base))
        let x = try tape.track(tensor([2]))
        #expect(throws: BertError.self) { try other.unary(.exp, x) }
        #expect(throws: BertError.self) { try tape.track(x) }
        #expect(throws: BertError.self) { try tape.track(base.indices([1])) }
        let y = try tape.unary(.exp, x)
        #expect(throws: BertError.self) { try tape.gradients(from: [(y, tensor([3]))], of: [x]) }
        #expect(throws: BertError.self) { try tape.gradients(from: [(y, tensor([2]))], of: [tensor([2])]) }
        _ = try tape.gradients(from: [(y, tensor([2]))], of: [x])
        expectError(.invalidArgument) { try tape.unary(.exp, y) }
    }

    @Test("Weights that another backend prepared have no gradient, and say so")
    func foreignWeights() throws {
        let tape = DifferentiatingBackend(base: base)
        let weights = try base.prepareLinear(weight: tensor([3, 2]), bias: nil)
        #expect(throws: BertError.self) {
            try tape.linear(tape.track(tensor([1, 2])), weights, activation: nil, residual: nil)
        }
    }

    @Test("What a step recorded is freed with its gradients, and what no rule needs as soon as it is dropped")
    func memory() throws {
        let tape = DifferentiatingBackend(base: base)
        var x: Tensor? = try tape.track(tensor([4]))
        var y: Tensor? = try tape.unary(.negate, tape.unary(.exp, #require(x)))
        weak let dropped = y?.storage
        let z = try tape.unary(.negate, #require(y))
        y = nil
        #expect(dropped == nil)
        weak let leaf = x?.storage
        _ = try tape.gradients(from: [(z, tensor([4]))], of: [#require(x)])
        x = nil
        #expect(leaf == nil)
        #expect(tape.recordedNodes == 0)
    }
}
