public import BertCore
import BertLocks
public import BertModels

extension DifferentiatingBackend: CheckpointingBackend {
    public func checkpoint(
        _ input: Tensor, _ part: @escaping @Sendable (Tensor, any ComputeBackend) throws -> Tensor
    ) throws -> Tensor {
        let (parent, values) = (try parent(input), try value(input))
        let (packer, outer) = (packer, tape.id)
        // Computed the same way as it is recomputed later, so that both results are bitwise equal.
        let first = DifferentiatingBackend(base: base, preparing: packer, outer: outer)
        let output = try part(parent == nil ? values : first.track(values), first)
        guard try first.parent(output) != nil else { return output }
        return record(nil, try first.value(output)) { g, gradients in
            let replay = DifferentiatingBackend(base: gradients.base, preparing: packer, outer: outer)
            let leaf = try parent == nil ? values : replay.track(values)
            let node = try replay.parent(leaf)?.node
            let output = try part(leaf, replay)
            let uses = replay.imports?.uses ?? []
            let found = try replay.backward(
                [(replay.parent(output), g)], leaves: Set(uses.map(\.leaf) + [node].compactMap(\.self)))
            if let gradient = node.flatMap({ found[$0] }) { try gradients.add(to: parent, gradient) }
            for use in uses {
                guard let gradient = found[use.leaf] else { continue }
                try gradients.add(to: Parent(node: use.node, shape: use.shape, paddingRow: nil), gradient)
            }
        }
    }
}

/// The nodes of another tape that are leaves of this one.
final class Imports: Sendable {
    /// An imported node.
    struct Use: Sendable {
        /// The number of the node on the other tape.
        let node: Int
        /// The shape of the node on the other tape.
        let shape: Shape
        /// The number of the leaf on this tape.
        let leaf: Int
    }
    /// The other tape.
    let tape: Int
    private let state = ForkSafeMutex<[Int: Use]>([:])

    init(tape: Int) { self.tape = tape }

    /// All imported nodes, in the order of the other tape.
    var uses: [Use] { state.withLock { $0.values.sorted { $0.node < $1.node } } }

    /// Returns the leaf for a node.
    func leaf(_ node: Int, _ shape: Shape, on tape: Tape) -> Int {
        state.withLock { uses in
            if let use = uses[node] { return use.leaf }
            let leaf = tape.append(Tape.Node(kind: nil, scope: nil, shape: shape, pullback: nil))
            uses[node] = Use(node: node, shape: shape, leaf: leaf)
            return leaf
        }
    }
}
