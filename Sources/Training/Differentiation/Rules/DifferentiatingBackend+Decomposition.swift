import BertCore

/// A composite that is differentiated by way of its primitives.
enum DecomposedCall: Sendable {
    case attention(AttentionInput, AttentionOptions)
    case pool(Tensor, PackedSequences, Pooling)
    case l2Normalize(Tensor, epsilon: Float)

    var call: OperationCall {
        switch self {
        case .attention(let input, let options): .attention(input, options)
        case .pool(let x, let sequences, let pooling): .pool(x, sequences: sequences, pooling)
        case .l2Normalize(let x, let epsilon): .l2Normalize(x, epsilon: epsilon)
        }
    }

    /// The same on other tensors.
    func mapOperands(_ map: (Tensor) throws -> Tensor) throws -> DecomposedCall {
        switch try call.mapOperands(map, weights: { $0 }) {
        case .attention(let input, let options): .attention(input, options)
        case .pool(let x, let sequences, let pooling): .pool(x, sequences, pooling)
        case .l2Normalize(let x, let epsilon): .l2Normalize(x, epsilon: epsilon)
        default: self
        }
    }
}

extension DifferentiatingBackend {
    /// The rule of a composite by those of its primitives: the call is made again when its gradient is wanted, on a tape of
    /// its own.
    func decomposedPullback(_ call: DecomposedCall) throws -> Tape.Pullback {
        var parents: [Parent?] = []
        let plain = try call.mapOperands { tensor in
            parents.append(try parent(tensor))
            return try value(tensor)
        }
        return { [parents] g, gradients in
            let tape = DifferentiatingBackend(base: gradients.base)
            var leaves: [(parent: Parent, tensor: Tensor)] = []
            var next = 0
            let recorded = try plain.mapOperands { tensor in
                defer { next += 1 }
                guard let parent = parents[next] else { return tensor }
                let leaf = try tape.track(tensor)
                leaves.append((parent, leaf))
                return leaf
            }
            let result: Tensor
            switch try recorded.call(on: Decomposed(tape)) {
            case .tensor(let tensor): result = tensor
            case .attention(let output): result = output.context
            default: return
            }
            let found = try tape.gradients(from: [(result, g.reshaped(to: result.shape))], of: leaves.map(\.tensor))
            for (leaf, gradient) in zip(leaves, found) {
                if let gradient { try gradients.add(to: leaf.parent, gradient) }
            }
        }
    }
}

/// A backend whose composites are their default bodies, in primitives of another.
struct Decomposed: ComputeBackend {
    private let base: any ComputeBackend

    init(_ base: any ComputeBackend) { self.base = base }

    var info: BackendInfo { base.info }

    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try base.upload(buffer, shape: shape, elementType: elementType)
    }
    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.download(tensor, into: destination)
    }
    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor {
        try base.matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: scale)
    }
    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        try base.binary(operation, a, b)
    }
    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { try base.unary(operation, a) }
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try base.reduce(operation, a, axis: axis)
    }
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try base.gatherRows(table, indices: indices)
    }
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try base.scatterAddRows(rows, indices: indices, rowCount: rowCount)
    }
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { try base.permute(a, axes: axes) }
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        try base.slice(a, axis: axis, range: range)
    }
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor { try base.concatenate(parts, axis: axis) }
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor { try base.cast(a, to: elementType) }
    /// A softmax has a rule of its own, also for a row of nothing but hidden keys.
    func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try base.softmax(x, mask: mask, scale: scale)
    }
}
