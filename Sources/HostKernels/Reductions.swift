public import BertCore
import CBertKernels

extension HostKernels {
    public func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try ShapeRules.axis(axis, of: a.shape)
        let source = try floats(a)
        let length = a.shape[axis]
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *)
        let outer = a.shape.prefix(axis).reduce(1, *)
        return try memory.floats(a.shape.replacing(axis: axis, with: 1)) { out in
            guard length > 0 else {
                return out.update(repeating: operation == .sum ? 0 : -.infinity, count: outer * inner)
            }
            guard inner > 1 else {
                return forEachRows(outer, of: length, elements: Grain.simple) { rows in
                    let start = rows.lowerBound
                    routines.pointee.reduce_columns(
                        operation.kernel, rows.count, length, source + start * length, length, out + start)
                }
            }
            // With few blocks, threads divide the columns of each block; otherwise they process whole blocks.
            let parts = outer >= workers.threads ? 1 : workers.threads
            forEachRows(outer * parts, of: length * inner / parts, elements: Grain.simple) { range in
                for index in range {
                    let (block, part) = (index / parts, index % parts)
                    let columns = inner * part / parts..<inner * (part + 1) / parts
                    routines.pointee.reduce_rows(
                        operation.kernel, length, columns.count, source + block * length * inner + columns.lowerBound,
                        inner, out + block * inner + columns.lowerBound)
                }
            }
        }
    }

    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try ShapeRules.pool(x, sequences: sequences)
        let source = try floats(x)
        let n = x.shape[1]
        return try memory.floats([sequences.count, n]) { out in
            let rowsPerSequence = max(1, sequences.totalLength / max(1, sequences.count))
            forEachRows(sequences.count, of: rowsPerSequence * n, elements: Grain.simple) { range in
                for index in range {
                    let rows = sequences[index]
                    let (first, line) = (source + rows.lowerBound * n, out + index * n)
                    switch pooling {
                    case .cls: line.update(from: first, count: n)
                    case .lastToken: line.update(from: first + (rows.count - 1) * n, count: n)
                    case .max: routines.pointee.reduce_rows(BERT_REDUCE_MAX, rows.count, n, first, n, line)
                    case .mean: routines.pointee.reduce_rows(BERT_REDUCE_MEAN, rows.count, n, first, n, line)
                    case .meanSquareRootLength:
                        routines.pointee.reduce_rows(BERT_REDUCE_SUM, rows.count, n, first, n, line)
                        var root = Float(rows.count).squareRoot()
                        routines.pointee.binary(BERT_BINARY_DIVIDE, 1, n, line, 0, 1, &root, 0, 0, line, n)
                    }
                }
            }
        }
    }
}

extension Reduction {
    fileprivate var kernel: bert_reduce_op {
        switch self {
        case .sum: BERT_REDUCE_SUM
        case .maximum: BERT_REDUCE_MAX
        }
    }
}
