public import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ReferenceBackend {
    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try ShapeRules.layerNorm(x, residual: residual, weights)
        let (source, added) = (try view(x).floats, try residual.map(view)?.floats)
        let (gamma, beta) = (try view(weights.weight).floats, try weights.bias.map(view)?.floats)
        let n = x.shape.lastLength
        return try memory.floats(x.shape) { out in
            workers.forEachRange(x.shape.rowCount, grain: max(1, 8_192 / max(n, 1))) { rows in
                for row in rows {
                    let (input, line) = (source + row * n, out + row * n)
                    var sum = 0.0
                    for i in 0..<n {
                        line[i] = input[i] + (added?[row * n + i] ?? 0)
                        sum += Double(line[i])
                    }
                    let mean = sum / Double(n)
                    var squares = 0.0
                    for i in 0..<n {
                        let centred = Double(line[i]) - mean
                        squares += centred * centred
                    }
                    let deviation = (squares / Double(n) + Double(weights.epsilon)).squareRoot()
                    for i in 0..<n {
                        let scaled = Float((Double(line[i]) - mean) / deviation) * gamma[i]
                        line[i] = beta.map { scaled + $0[i] } ?? scaled
                    }
                }
            }
        }
    }

    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try ShapeRules.softmax(x, mask: mask)
        let (source, added) = (try view(x).floats, try mask.map(view)?.floats)
        let n = x.shape.lastLength
        let maskStep = mask?.shape.lastLength == n ? 1 : 0
        let maskOffsets = BroadcastOffsets(of: mask?.shape ?? [1], in: x.shape)
        return try memory.floats(x.shape) { out in
            guard n > 0 else { return }
            workers.forEachRange(x.shape.rowCount, grain: max(1, 4_096 / n)) { rows in
                for row in rows {
                    let (input, line) = (source + row * n, out + row * n)
                    let maskRow = added.map { $0 + maskOffsets[row * n] }
                    for i in 0..<n { line[i] = scale * input[i] + (maskRow?[i * maskStep] ?? 0) }
                    softmaxInPlace(line, count: n)
                }
            }
        }
    }

    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        try ShapeRules.axis(x.shape.count - 1, of: x.shape)
        let source = try view(x).floats
        let n = x.shape.lastLength
        return try memory.floats(x.shape) { out in
            workers.forEachRange(x.shape.rowCount, grain: max(1, 16_384 / max(n, 1))) { rows in
                for row in rows {
                    var squares = 0.0
                    for i in row * n..<(row + 1) * n { squares += Double(source[i]) * Double(source[i]) }
                    let norm = larger(Float(squares.squareRoot()), epsilon)
                    for i in row * n..<(row + 1) * n { out[i] = source[i] / norm }
                }
            }
        }
    }
}

/// Computes the softmax of a row over the elements that are inside, and sets the others to 0. `masked` determines the
/// result if all elements inside are masked.
func softmaxInPlace(
    _ line: UnsafeMutablePointer<Float>, count: Int, _ masked: FullyMaskedRows, isInside: (Int) -> Bool
) {
    var inside = 0
    for i in 0..<count where isInside(i) {
        line[inside] = line[i]
        inside += 1
    }
    softmaxInPlace(line, count: inside, masked)
    for i in (0..<count).reversed() {
        if isInside(i) {
            inside -= 1
            line[i] = line[inside]
        } else {
            line[i] = 0
        }
    }
}

/// Computes the softmax of a row. −∞ and the lowest finite number mask an element; `masked` determines the result if
/// all elements are masked.
func softmaxInPlace(_ line: UnsafeMutablePointer<Float>, count: Int, _ masked: FullyMaskedRows = .uniform) {
    var best = -Float.greatestFiniteMagnitude
    for i in 0..<count {
        line[i] = larger(line[i], -.greatestFiniteMagnitude)
        best = larger(best, line[i])
    }
    if masked == .zeros, best == -.greatestFiniteMagnitude {
        return line.update(repeating: 0, count: count)
    }
    var sum = 0.0
    for i in 0..<count {
        line[i] = expf(line[i] - best)
        sum += Double(line[i])
    }
    for i in 0..<count { line[i] = Float(Double(line[i]) / sum) }
}
