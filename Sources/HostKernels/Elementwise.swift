public import BertCore
package import CBertKernels

extension HostKernels {
    public func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        let shape = try ShapeRules.broadcast(a.shape, b.shape)
        let (x, y) = (try floats(a), try floats(b))
        return try memory.floats(shape) { out in
            guard shape.elementCount > 0 else { return }
            let walk = BroadcastWalk(a.shape, b.shape, to: shape)
            let (rows, columns) = (walk.rows, walk.columns)
            guard walk.rowCount > 1 else {
                return workers.forEachRange(columns.length, grain: Grain.simple) { range in
                    operation.apply(
                        rows: 1, columns: range.count, x + range.lowerBound * columns.a, (0, columns.a),
                        y + range.lowerBound * columns.b, (0, columns.b), into: out + range.lowerBound, routines)
                }
            }
            forEachRows(walk.rowCount, of: columns.length, elements: Grain.simple) { range in
                walk.forEachRun(in: range) { run, offsetX, offsetY in
                    operation.apply(
                        rows: run.count, columns: columns.length, x + offsetX, (rows.a, columns.a), y + offsetY,
                        (rows.b, columns.b), into: out + run.lowerBound * columns.length, routines)
                }
            }
        }
    }

    public func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor {
        try map(a, operation.kernel, grain: operation.isSimple ? Grain.simple : Grain.demanding)
    }

    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        try map(x, activation.kernel, grain: activation == .relu ? Grain.simple : Grain.demanding)
    }

    private func map(_ x: Tensor, _ operation: bert_unary_op, grain: Int) throws -> Tensor {
        let source = try floats(x)
        return try memory.floats(x.shape) { out in
            workers.forEachRange(x.shape.elementCount, grain: grain) { range in
                routines.pointee.unary(operation, range.count, source + range.lowerBound, out + range.lowerBound)
            }
        }
    }
}

extension BinaryOperation {
    /// Computes dense rows of results. Each operand advances by its steps between rows and columns.
    fileprivate func apply(
        rows: Int, columns: Int, _ x: UnsafePointer<Float>, _ stepX: (row: Int, column: Int),
        _ y: UnsafePointer<Float>, _ stepY: (row: Int, column: Int), into out: UnsafeMutablePointer<Float>,
        _ routines: UnsafePointer<bert_kernel_table>
    ) {
        func kernel(_ operation: bert_binary_op) {
            routines.pointee.binary(
                operation, rows, columns, x, stepX.row, stepX.column, y, stepY.row, stepY.column, out, columns)
        }
        func compare(_ holds: (Float, Float) -> Bool) {
            for row in 0..<rows {
                let (lineX, lineY) = (x + row * stepX.row, y + row * stepY.row)
                for i in 0..<columns {
                    out[row * columns + i] = holds(lineX[i * stepX.column], lineY[i * stepY.column]) ? 1 : 0
                }
            }
        }
        switch self {
        case .add: kernel(BERT_BINARY_ADD)
        case .subtract: kernel(BERT_BINARY_SUBTRACT)
        case .multiply: kernel(BERT_BINARY_MULTIPLY)
        case .divide: kernel(BERT_BINARY_DIVIDE)
        case .maximum: kernel(BERT_BINARY_MAXIMUM)
        case .minimum: kernel(BERT_BINARY_MINIMUM)
        case .greater: compare(>)
        case .equal: compare(==)
        }
    }
}

extension UnaryOperation {
    /// Whether the operation is a single instruction.
    fileprivate var isSimple: Bool { self == .negate || self == .abs }

    fileprivate var kernel: bert_unary_op {
        switch self {
        case .negate: BERT_UNARY_NEGATE
        case .exp: BERT_UNARY_EXP
        case .log: BERT_UNARY_LOG
        case .sqrt: BERT_UNARY_SQRT
        case .reciprocal: BERT_UNARY_RECIPROCAL
        case .tanh: BERT_UNARY_TANH
        case .erf: BERT_UNARY_ERF
        case .abs: BERT_UNARY_ABS
        case .sigmoid: BERT_UNARY_SIGMOID
        }
    }
}

extension Activation {
    package var kernel: bert_unary_op {
        switch self {
        case .gelu: BERT_UNARY_GELU
        case .geluTanh: BERT_UNARY_GELU_TANH
        case .relu: BERT_UNARY_RELU
        case .silu: BERT_UNARY_SILU
        case .quickGelu: BERT_UNARY_QUICK_GELU
        case .tanh: BERT_UNARY_TANH
        case .sigmoid: BERT_UNARY_SIGMOID
        }
    }
}
