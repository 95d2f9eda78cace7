public import BertCore
import CBertKernels

extension HostKernels {
    /// Threads process different columns, so that each element is summed in row order.
    public func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor {
        try ShapeRules.indices(indices)
        try ShapeRules.axis(0, of: rows.shape)
        guard rows.shape[0] == indices.shape[0], rowCount >= 0 else {
            throw BertError(
                .invalidShape,
                "\(indices.shape[0]) indices don't match rows of shape \(rows.shape) to add to \(rowCount) rows")
        }
        let (source, places) = (try floats(rows), try integers(indices))
        let count = rows.shape[0]
        try Self.check(UnsafeBufferPointer(start: places, count: count), below: rowCount)
        let width = rows.shape.dropFirst().reduce(1, *)
        return try memory.floats(try Shape(checking: [rowCount] + rows.shape.dropFirst())) { out in
            guard width > 0 else { return }
            let grain = max(16, Grain.simple / max(1, count + rowCount))
            workers.forEachRange(width, grain: grain) { columns in
                let (start, n) = (columns.lowerBound, columns.count)
                for row in 0..<rowCount { (out + row * width + start).update(repeating: 0, count: n) }
                for row in 0..<count {
                    let line = out + Int(places[row]) * width + start
                    routines.pointee.binary(
                        BERT_BINARY_ADD, 1, n, line, n, 1, source + row * width + start, n, 1, line, n)
                }
            }
        }
    }

    public func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor {
        let output = try ShapeRules.slice(a.shape, axis: axis, range: range)
        let source = try bytes(a)
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *) * a.elementType.size
        let (block, whole) = (range.count * inner, a.shape[axis] * inner)
        return try memory.tensor(output, a.elementType) { out in
            guard block > 0 else { return }
            forEachRows(a.shape.prefix(axis).reduce(1, *), of: block, elements: Grain.bytes) { blocks in
                for index in blocks {
                    (out + index * block).copyMemory(
                        from: source + index * whole + range.lowerBound * inner, byteCount: block)
                }
            }
        }
    }

    public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
        let output = try ShapeRules.concatenate(parts, axis: axis)
        let type = parts.first?.elementType ?? .float32
        let inner = output.dropFirst(axis + 1).reduce(1, *) * type.size
        let sources = try parts.map { (bytes: try bytes($0), block: $0.shape[axis] * inner) }
        let whole = output[axis] * inner
        return try memory.tensor(output, type) { out in
            guard whole > 0 else { return }
            forEachRows(output.prefix(axis).reduce(1, *), of: whole, elements: Grain.bytes) { blocks in
                for index in blocks {
                    var place = out + index * whole
                    for source in sources where source.block > 0 {
                        place.copyMemory(from: source.bytes + index * source.block, byteCount: source.block)
                        place += source.block
                    }
                }
            }
        }
    }

    public func permute(_ a: Tensor, axes: [Int]) throws -> Tensor {
        let output = try ShapeRules.permute(a.shape, axes: axes)
        let source = try bytes(a)
        let (size, last) = (a.elementType.size, axes.count - 1)
        return try memory.tensor(output, a.elementType) { out in
            guard output.elementCount > 0 else { return }
            guard last > 0 else { return out.copyMemory(from: source, byteCount: output.elementCount * size) }
            let (from, to) = (Self.strides(a.shape), Self.strides(output))
            // Copies rows if the last axis stays the last; otherwise transposes tiles of the old and the new last axis.
            let inner = axes[last] == last ? last : axes.firstIndex(of: last) ?? last
            let outer = (0..<last).filter { $0 != inner }
            let count = outer.reduce(1) { $0 * output[$1] }
            let block = output.elementCount / count
            forEachRows(count, of: block * size, elements: Grain.bytes) { blocks in
                for index in blocks {
                    var (rest, read, write) = (index, 0, 0)
                    for axis in outer.reversed() {
                        let place = rest % output[axis]
                        rest /= output[axis]
                        read += place * from[axes[axis]]
                        write += place * to[axis]
                    }
                    let (first, line) = (source + read * size, out + write * size)
                    if inner == last {
                        line.copyMemory(from: first, byteCount: block * size)
                    } else {
                        turn(
                            first, rows: output[last], from[axes[last]], columns: output[inner], line, to[inner],
                            size: size)
                    }
                }
            }
        }
    }

    /// Transposes `[rows, columns]` with a row stride to `[columns, rows]`.
    private func turn(
        _ source: UnsafeRawPointer, rows: Int, _ stride: Int, columns: Int, _ out: UnsafeMutableRawPointer,
        _ outStride: Int, size: Int
    ) {
        guard size == MemoryLayout<Float>.size else {
            for column in 0..<columns {
                for row in 0..<rows {
                    (out + (column * outStride + row) * size).copyMemory(
                        from: source + (row * stride + column) * size, byteCount: size)
                }
            }
            return
        }
        // Elements of any 4-byte type are moved as floats.
        routines.pointee.transpose_rows(
            rows, columns, source.assumingMemoryBound(to: Float.self), stride,
            out.assumingMemoryBound(to: Float.self), outStride)
    }

    private static func strides(_ shape: Shape) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        return strides
    }

    /// Converts between float32 and shorter floating-point types; returns nil for other types, for which there are no
    /// kernels.
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor? {
        typealias Narrowing = @convention(c) (Int, UnsafePointer<Float>, UnsafeMutablePointer<UInt16>) -> Void
        typealias Widening = @convention(c) (Int, UnsafePointer<UInt16>, UnsafeMutablePointer<Float>) -> Void
        func narrow(_ kernel: Narrowing) throws -> Tensor {
            let source = try floats(a)
            return try memory.tensor(a.shape, elementType) { out in
                let out = out.assumingMemoryBound(to: UInt16.self)
                workers.forEachRange(a.shape.elementCount, grain: Grain.simple) {
                    kernel($0.count, source + $0.lowerBound, out + $0.lowerBound)
                }
            }
        }
        func widen(_ kernel: Widening) throws -> Tensor {
            let source = try bytes(a).assumingMemoryBound(to: UInt16.self)
            return try memory.floats(a.shape) { out in
                workers.forEachRange(a.shape.elementCount, grain: Grain.simple) {
                    kernel($0.count, source + $0.lowerBound, out + $0.lowerBound)
                }
            }
        }
        switch (a.elementType, elementType) {
        case (.float32, .bfloat16): return try narrow(routines.pointee.bfloat_from_float)
        case (.float32, .float16): return try narrow(routines.pointee.half_from_float)
        case (.bfloat16, .float32): return try widen(routines.pointee.float_from_bfloat)
        case (.float16, .float32): return try widen(routines.pointee.float_from_half)
        default: return nil
        }
    }

    private func bytes(_ tensor: Tensor) throws -> UnsafeRawPointer {
        try HostView(tensor, tensor.elementType, for: backend).bytes
    }
}
