import BertCore
import Synchronization

/// What a pass has computed with tracked tensors: a node for each call, in order.
///
/// A node keeps what its rule needs, never the results of others, so that whatever no rule needs is freed as soon as the
/// model drops it.
final class Tape: Sendable {
    /// Told apart from every other tape of the process.
    let id = Tape.next.wrappingAdd(1, ordering: .relaxed).newValue
    private static let next = Atomic(0)

    /// Hands the gradient of a node's result on to what it was computed from.
    typealias Pullback = @Sendable (_ gradient: Tensor, _ gradients: Gradients) throws -> Void

    /// One call, or a leaf.
    struct Node: Sendable {
        /// Which operation; nil for a leaf, and for a part that is computed again.
        let kind: OperationKind?
        /// The part of the model that made the call, if anybody looks.
        let scope: String?
        /// The shape of the result.
        let shape: Shape
        /// Nil for a leaf.
        let pullback: Pullback?
    }

    private struct State {
        /// The number of the first node: those before it were consumed.
        var first = 0
        var nodes: [Node] = []
    }
    private let state = Mutex(State())

    /// Adds a node and gives its number.
    func append(_ node: Node) -> Int {
        state.withLock {
            $0.nodes.append(node)
            return $0.first + $0.nodes.count - 1
        }
    }

    /// Takes all nodes off the tape, with the number of the first.
    func take() -> (first: Int, nodes: [Node]) {
        state.withLock {
            let taken = ($0.first, $0.nodes)
            $0.first += $0.nodes.count
            $0.nodes = []
            return taken
        }
    }

    /// How many nodes there are.
    var count: Int { state.withLock { $0.nodes.count } }

    /// Whether a node is still there.
    func holds(_ node: Int) -> Bool { state.withLock { node >= $0.first } }
}
