public import BertCore

extension ReferenceBackend {
    public func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try ShapeRules.indices(indices)
        try ShapeRules.axis(0, of: table.shape)
        let source = try view(table).floats
        let positions = try checkedIndices(indices, rowCount: table.shape[0])
        let width = table.shape.dropFirst().reduce(1, *)
        return try memory.floats(table.shape.replacing(axis: 0, with: positions.count)) { out in
            for (row, index) in positions.enumerated() {
                (out + row * width).update(from: source + Int(index) * width, count: width)
            }
        }
    }

    public func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try ShapeRules.indices(indices)
        try ShapeRules.axis(0, of: rows.shape)
        guard rows.shape[0] == indices.shape[0], rowCount >= 0 else {
            throw BertError(
                .invalidShape,
                "\(indices.shape[0]) indices don't match rows of shape \(rows.shape) to add to \(rowCount) rows")
        }
        let source = try view(rows).floats
        let positions = try checkedIndices(indices, rowCount: rowCount)
        let width = rows.shape.dropFirst().reduce(1, *)
        return try memory.floats(try Shape(checking: [rowCount] + rows.shape.dropFirst())) { out in
            out.update(repeating: 0, count: rowCount * width)
            for (row, index) in positions.enumerated() {
                for i in 0..<width { out[Int(index) * width + i] += source[row * width + i] }
            }
        }
    }

    /// Returns the indices after checking that they are within the table.
    func checkedIndices(_ indices: Tensor, rowCount: Int) throws -> UnsafeBufferPointer<Int32> {
        let view = try HostView(indices, .int32, for: info.name)
        let values = UnsafeBufferPointer(start: view.integers, count: view.count)
        if let bad = values.firstIndex(where: { $0 < 0 || Int($0) >= rowCount }) {
            throw BertError(
                .invalidArgument,
                "index \(values[bad]) at position \(bad) is out of range for a table of \(rowCount) rows")
        }
        return values
    }

    public func permute(_ a: Tensor, axes: [Int]) throws -> Tensor {
        let output = try ShapeRules.permute(a.shape, axes: axes)
        var strides = [Int](repeating: 1, count: a.shape.count)
        for axis in a.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * a.shape[axis + 1] }
        let sourceStrides = axes.map { strides[$0] }
        let row = output.lastLength
        let step = sourceStrides.last ?? 1
        return try copyBytes(a, output) { source, out, size in
            guard row > 0 else { return }
            for index in 0..<output.elementCount / row {
                var (rest, offset) = (index, 0)
                for axis in output.indices.dropLast().reversed() {
                    offset += rest % output[axis] * sourceStrides[axis]
                    rest /= output[axis]
                }
                let line = out + index * row * size
                for i in 0..<row {
                    (line + i * size).copyMemory(from: source + (offset + i * step) * size, byteCount: size)
                }
            }
        }
    }

    public func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        let output = try ShapeRules.slice(a.shape, axis: axis, range: range)
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *)
        let outer = a.shape.prefix(axis).reduce(1, *)
        return try copyBytes(a, output) { source, out, size in
            let block = range.count * inner * size
            for index in 0..<outer {
                let start = (index * a.shape[axis] + range.lowerBound) * inner * size
                (out + index * block).copyMemory(from: source + start, byteCount: block)
            }
        }
    }

    public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
        let output = try ShapeRules.concatenate(parts, axis: axis)
        let type = parts.first?.elementType ?? .float32
        let inner = output.dropFirst(axis + 1).reduce(1, *) * type.size
        let outer = output.prefix(axis).reduce(1, *)
        let sources = try parts.map { try HostView($0, type, for: info.name) }
        return try memory.tensor(output, type) { out in
            var destination = out
            for index in 0..<outer {
                for source in sources {
                    let block = source.shape[axis] * inner
                    destination.copyMemory(from: source.bytes + index * block, byteCount: block)
                    destination += block
                }
            }
        }
    }

    /// Returns a tensor of any type with elements copied from `a`.
    private func copyBytes(
        _ a: Tensor, _ output: Shape, _ body: (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
    ) throws -> Tensor {
        let source = try HostView(a, a.elementType, for: info.name).bytes
        return try memory.tensor(output, a.elementType) { body(source, $0, a.elementType.size) }
    }
}
