import BertCore
import BertLocks
import Synchronization

/// A record of the operations on tracked tensors in a forward pass, with a node for each call in order.
///
/// A node keeps only the tensors that its own rule needs. Other results are freed as soon as the model no longer uses
/// them.
final class Tape: Sendable {
    /// The unique id of the tape in the process.
    let id = Tape.next.wrappingAdd(1, ordering: .relaxed).newValue
    private static let next = Atomic(0)

    /// Propagates the gradient of a node's result to its operands.
    typealias Pullback = @Sendable (_ gradient: Tensor, _ gradients: Gradients) throws -> Void

    /// A call or a leaf.
    struct Node: Sendable {
        /// The operation, or nil for a leaf or a recomputed part.
        let kind: OperationKind?
        /// The part of the model that made the call, if it is observed.
        let scope: String?
        /// The shape of the result.
        let shape: Shape
        /// The gradient rule, or nil for a leaf.
        let pullback: Pullback?
    }

    private struct State {
        /// The number of the first node. Earlier nodes have been consumed.
        var first = 0
        var nodes: [Node] = []
    }
    private let state = ForkSafeMutex(State())

    /// Adds a node and returns its number.
    func append(_ node: Node) -> Int {
        state.withLock {
            $0.nodes.append(node)
            return $0.first + $0.nodes.count - 1
        }
    }

    /// Removes all nodes from the tape. Returns them with the number of the first node.
    func take() -> (first: Int, nodes: [Node]) {
        state.withLock {
            let taken = ($0.first, $0.nodes)
            $0.first += $0.nodes.count
            $0.nodes = []
            return taken
        }
    }

    /// The number of nodes.
    var count: Int { state.withLock { $0.nodes.count } }

    /// Returns whether a node hasn't been consumed.
    func holds(_ node: Int) -> Bool { state.withLock { node >= $0.first } }
}
