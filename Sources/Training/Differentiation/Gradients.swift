import BertCore

/// The gradients computed so far by a backward pass, by node.
final class Gradients {
    /// The gradients that a node has received.
    private struct Slot {
        var sum: Tensor?
        /// Gradients of parts of the node's result, which are combined when the node is processed.
        var pieces: [Piece] = []
    }
    private struct Piece {
        let shape: Shape
        let axis: Int
        let range: Range<Int>
        let gradient: Tensor
    }

    /// The backend that computes the gradients.
    let base: any ComputeBackend
    private let first: Int
    private var slots: [Slot]

    init(first: Int, count: Int, on base: any ComputeBackend) {
        self.first = first
        self.base = base
        slots = Array(repeating: Slot(), count: count)
    }

    /// Adds the gradient of an operand, summed over the axes that were broadcast. If the operand isn't tracked, the
    /// gradient isn't computed.
    func add(to parent: Parent?, _ gradient: @autoclosure () throws -> Tensor) throws {
        guard let parent else { return }
        let whole = try base.summed(gradient(), to: parent.shape)
        let index = parent.node - first
        if let sum = slots[index].sum {
            slots[index].sum = nil
            slots[index].sum = try base.binary(.add, sum, whole.reshaped(to: sum.shape))
        } else {
            slots[index].sum = whole
        }
    }

    /// Adds the gradient of the part of an operand within `range` of an axis.
    func add(to parent: Parent?, axis: Int, range: Range<Int>, _ gradient: Tensor) throws {
        guard let parent else { return }
        guard range != 0..<parent.shape[axis] else { return try add(to: parent, gradient) }
        slots[parent.node - first].pieces.append(
            Piece(shape: parent.shape, axis: axis, range: range, gradient: gradient))
    }

    /// Removes and returns a node's gradient in the node's shape, or nil if the node has no gradient.
    func take(_ index: Int, shape: Shape) throws -> Tensor? {
        var slot = slots[index]
        slots[index] = Slot()
        while let piece = slot.pieces.first {
            // Parts along the same axis that don't overlap are concatenated.
            var (joined, rest): ([Piece], [Piece]) = ([], [])
            for other in slot.pieces {
                let fits =
                    other.shape == piece.shape && other.axis == piece.axis
                    && joined.allSatisfy { !$0.range.overlaps(other.range) }
                if fits { joined.append(other) } else { rest.append(other) }
            }
            slot.pieces = rest
            let whole = try join(joined).reshaped(to: shape)
            slot.sum = try slot.sum.map { try base.binary(.add, $0.reshaped(to: shape), whole) } ?? whole
        }
        return try slot.sum?.reshaped(to: shape)
    }

    private func join(_ pieces: [Piece]) throws -> Tensor {
        let (shape, axis) = (pieces[0].shape, pieces[0].axis)
        var parts: [Tensor] = []
        var end = 0
        func fill(to start: Int) throws {
            guard start > end else { return }
            parts.append(try base.zeros(shape.replacing(axis: axis, with: start - end)))
        }
        for piece in pieces.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where !piece.range.isEmpty {
            try fill(to: piece.range.lowerBound)
            parts.append(try piece.gradient.reshaped(to: shape.replacing(axis: axis, with: piece.range.count)))
            end = piece.range.upperBound
        }
        try fill(to: shape[axis])
        return parts.count == 1 ? parts[0] : try base.concatenate(parts, axis: axis)
    }
}

/// A tracked operand of an operation.
struct Parent: Sendable {
    /// The node that computed the operand.
    let node: Int
    /// The shape of the operand, which may be a view of the node's result.
    let shape: Shape
    /// For an embedding table, the row that gets no gradient from lookups.
    let paddingRow: Int?
}

extension ComputeBackend {
    /// Returns the gradient summed over the axes along which `shape` was broadcast. This is the transpose of
    /// broadcasting.
    func summed(_ gradient: Tensor, to shape: Shape) throws -> Tensor {
        guard gradient.shape != shape, gradient.shape.elementCount != shape.elementCount else {
            return try gradient.reshaped(to: shape)
        }
        var sum = gradient
        // Merges the leading axes that the operand doesn't have.
        let extra = gradient.shape.count - shape.count
        if extra > 0 {
            let count = gradient.shape.prefix(extra).reduce(1, *)
            sum = try sum.reshaped(to: Shape([count] + gradient.shape.dropFirst(extra)))
            sum = try reduce(.sum, sum, axis: 0)
            sum = try sum.reshaped(to: Shape(Array(sum.shape.dropFirst())))
        }
        for axis in 0..<shape.count where shape[axis] == 1 && sum.shape[axis] != 1 {
            sum = try reduce(.sum, sum, axis: axis)
        }
        return sum
    }
}
