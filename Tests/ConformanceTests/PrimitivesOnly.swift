import BertCore

/// A backend with the default composite operations, which are based on another backend's primitive operations.
struct PrimitivesOnly: ComputeBackend {
    private let base: any ComputeBackend
    let info: BackendInfo

    init(of base: any ComputeBackend) {
        self.base = base
        info = BackendInfo(name: "primitives of \(base.info.name)", threads: base.info.threads)
    }

    func capability(of request: OperationRequest) -> Capability { base.capability(of: request) }

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
}
