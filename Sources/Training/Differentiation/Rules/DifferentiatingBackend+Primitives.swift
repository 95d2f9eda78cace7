import BertCore

/// The gradients of primitive operations. g is the gradient of the result.
extension DifferentiatingBackend {
    /// C = s · op(A) op(B).
    func matmulPullback(
        _ a: Tensor, _ b: Tensor, _ transposeA: Bool, _ transposeB: Bool, _ scale: Float
    ) throws -> Tape.Pullback {
        let (parentA, parentB) = (try parent(a), try parent(b))
        let left = parentB == nil ? nil : try value(a)
        let right = parentA == nil ? nil : try value(b)
        return { g, gradients in
            func product(_ x: Tensor, _ tx: Bool, _ y: Tensor, _ ty: Bool) throws -> Tensor {
                try gradients.base.matmul(x, y, transposeA: tx, transposeB: ty, scale: scale)
            }
            if let right {
                try gradients.add(
                    to: parentA,
                    transposeA ? product(right, transposeB, g, true) : product(g, false, right, !transposeB))
            }
            if let left {
                try gradients.add(
                    to: parentB,
                    transposeB ? product(g, true, left, transposeA) : product(left, !transposeA, g, false))
            }
        }
    }

    func binaryPullback(
        _ operation: BinaryOperation, _ a: Tensor, _ b: Tensor, _ result: Tensor
    ) throws -> Tape.Pullback? {
        let (parentA, parentB) = (try parent(a), try parent(b))
        switch operation {
        case .greater, .equal: return nil
        case .add:
            return { g, gradients in
                try gradients.add(to: parentA, g)
                try gradients.add(to: parentB, g)
            }
        case .subtract:
            return { g, gradients in
                try gradients.add(to: parentA, g)
                try gradients.add(to: parentB, gradients.base.unary(.negate, g))
            }
        case .multiply:
            let left = parentB == nil ? nil : try value(a)
            let right = parentA == nil ? nil : try value(b)
            return { g, gradients in
                if let right { try gradients.add(to: parentA, gradients.base.binary(.multiply, g, right)) }
                if let left { try gradients.add(to: parentB, gradients.base.binary(.multiply, g, left)) }
            }
        case .divide:
            let divisor = try value(b)
            let quotient = parentB == nil ? nil : result
            return { g, gradients in
                let base = gradients.base
                let scaled = try base.binary(.divide, g, divisor)
                try gradients.add(to: parentA, scaled)
                guard let quotient else { return }
                try gradients.add(to: parentB, base.unary(.negate, base.binary(.multiply, scaled, quotient)))
            }
        case .maximum, .minimum:
            let (x, y) = (try value(a), try value(b))
            return { g, gradients in
                let base = gradients.base
                // Equal elements share the gradient equally.
                func share(_ winner: Tensor, _ loser: Tensor) throws -> Tensor {
                    let tie = try base.binary(.multiply, base.binary(.equal, x, y), base.constant(0.5))
                    return try base.binary(
                        .multiply, g, base.binary(.add, base.binary(.greater, winner, loser), tie))
                }
                try gradients.add(to: parentA, operation == .maximum ? share(x, y) : share(y, x))
                try gradients.add(to: parentB, operation == .maximum ? share(y, x) : share(x, y))
            }
        }
    }

    func unaryPullback(_ operation: UnaryOperation, _ a: Tensor, _ y: Tensor) throws -> Tape.Pullback {
        let (parent, x) = (try parent(a), try value(a))
        // The rule keeps the operand or the result, depending on which one it needs.
        func rule(
            _ saved: Tensor?, _ gradient: @escaping @Sendable (any ComputeBackend, Tensor, Tensor) throws -> Tensor
        ) -> Tape.Pullback {
            { g, gradients in try gradients.add(to: parent, gradient(gradients.base, g, saved ?? g)) }
        }
        switch operation {
        case .negate: return rule(nil) { base, g, _ in try base.unary(.negate, g) }
        case .exp: return rule(y) { base, g, y in try base.binary(.multiply, g, y) }
        case .log: return rule(x) { base, g, x in try base.binary(.divide, g, x) }
        case .sqrt:
            return rule(y) { base, g, y in
                try base.binary(.divide, g, base.binary(.multiply, y, base.constant(2)))
            }
        case .reciprocal:
            return rule(y) { base, g, y in
                try base.unary(.negate, base.binary(.multiply, g, base.binary(.multiply, y, y)))
            }
        case .tanh:
            return rule(y) { base, g, y in
                try base.binary(
                    .multiply, g, base.binary(.subtract, base.constant(1), base.binary(.multiply, y, y)))
            }
        case .sigmoid:
            return rule(y) { base, g, y in
                let slope = try base.binary(.multiply, y, base.binary(.subtract, base.constant(1), y))
                return try base.binary(.multiply, g, slope)
            }
        case .erf:
            return rule(x) { base, g, x in
                let bell = try base.unary(.exp, base.unary(.negate, base.binary(.multiply, x, x)))
                let slope = try base.binary(.multiply, bell, base.constant(2 / Float.pi.squareRoot()))
                return try base.binary(.multiply, g, slope)
            }
        case .abs:
            return rule(x) { base, g, x in
                let zero = try base.constant(0)
                let sign = try base.binary(
                    .subtract, base.binary(.greater, x, zero), base.binary(.greater, zero, x))
                return try base.binary(.multiply, g, sign)
            }
        }
    }

    func reductionPullback(
        _ reduction: Reduction, _ a: Tensor, _ axis: Int, _ result: Tensor
    ) throws -> Tape.Pullback {
        let (parent, shape) = (try parent(a), a.shape)
        switch reduction {
        case .sum:
            return { g, gradients in
                try gradients.add(to: parent, gradients.base.binary(.add, gradients.base.zeros(shape), g))
            }
        case .maximum:
            let x = try value(a)
            return { g, gradients in
                // Elements that are equal to the maximum share the gradient.
                let base = gradients.base
                let winners = try base.binary(.equal, x, result)
                let share = try base.binary(.divide, g, base.reduce(.sum, winners, axis: axis))
                try gradients.add(to: parent, base.binary(.multiply, winners, share))
            }
        }
    }

    func gatherPullback(_ table: Tensor, _ indices: Tensor) throws -> Tape.Pullback {
        let (parent, rowCount) = (try parent(table), table.shape[0])
        return { g, gradients in
            try gradients.add(
                to: parent,
                gradients.base.scattered(g, indices, rowCount: rowCount, paddingRow: parent?.paddingRow))
        }
    }

    func concatenationPullback(_ parts: [Tensor], _ axis: Int) throws -> Tape.Pullback {
        var start = 0
        let places = try parts.map { part in
            defer { start += part.shape[axis] }
            return (parent: try parent(part), range: start..<start + part.shape[axis])
        }
        return { g, gradients in
            for place in places {
                try gradients.add(to: place.parent, gradients.base.slice(g, axis: axis, range: place.range))
            }
        }
    }
}

extension ComputeBackend {
    /// Returns the gradient of an embedding table, given the gradients of the rows that were looked up. The padding row
    /// gets no gradient.
    func scattered(_ rows: Tensor, _ indices: Tensor, rowCount: Int, paddingRow: Int?) throws -> Tensor {
        guard let paddingRow else { return try scatterAddRows(rows, indices: indices, rowCount: rowCount) }
        let numbers = try integers(indices)
        guard numbers.contains(Int32(paddingRow)) else {
            return try scatterAddRows(rows, indices: indices, rowCount: rowCount)
        }
        let kept = try constant(
            numbers.map { $0 == Int32(paddingRow) ? 0 : 1 },
            shape: Shape([numbers.count] + Array(repeating: 1, count: rows.shape.count - 1)))
        return try scatterAddRows(binary(.multiply, rows, kept), indices: indices, rowCount: rowCount)
    }

    /// Returns the elements of an int32 tensor.
    private func integers(_ tensor: Tensor) throws -> [Int32] {
        let count = tensor.shape.elementCount
        return try [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
            try download(
                tensor,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * 4)]))
            initialized = count
        }
    }
}
