import BertCheckpoints
import BertCore
import BertLocks
import BertModels

/// The parameters of a model during a step.
struct StepParameters: ParameterSource {
    /// The name of the parameter that each name refers to.
    let owners: [String: String]
    /// The parameters that are trained.
    let trained: [String: Tensor]
    /// The other parameters.
    let constants: FrozenParameters

    func tensor(_ name: String) throws -> Tensor {
        let owner = owners[name] ?? name
        return try trained[owner] ?? constants.tensor(owner)
    }

    func linear(_ parameters: [String], make: () throws -> PreparedLinear) throws -> PreparedLinear {
        let owners = parameters.map { self.owners[$0] ?? $0 }
        guard owners.allSatisfy({ trained[$0] == nil }) else { return try make() }
        return try constants.linear(owners, make: make)
    }
}

/// Frozen parameters, which are uploaded to the backend once, and packed once.
final class FrozenParameters: Sendable {
    /// The backend that packs their linear layers.
    let prepares: any ComputeBackend
    private let names: Set<String>
    private let store: ParameterStore
    private let backend: any ComputeBackend
    private let tensors = ForkSafeMutex<[String: Tensor]>([:])
    private let layers = ForkSafeMutex<[[String]: PreparedLinear]>([:])

    init(
        _ names: Set<String>, _ store: ParameterStore, _ backend: any ComputeBackend, prepares: any ComputeBackend
    ) {
        self.names = names
        self.store = store
        self.backend = backend
        self.prepares = prepares
    }

    func tensor(_ name: String) throws -> Tensor {
        if let tensor = tensors.withLock({ $0[name] }) { return tensor }
        let tensor = try store.upload(name, to: backend)
        tensors.withLock { $0[name] = tensor }
        return tensor
    }

    func linear(_ names: [String], make: () throws -> PreparedLinear) throws -> PreparedLinear {
        if let layer = layers.withLock({ $0[names] }) { return layer }
        let layer = try make()
        layers.withLock { $0[names] = layer }
        return layer
    }
}

extension ParameterStore {
    /// Uploads the values of a parameter to a backend.
    func upload(_ name: String, to backend: any ComputeBackend) throws -> Tensor {
        guard let stored = self[name] else {
            throw BertError(.weightsMismatch, "the model has no parameter \(name)", key: name)
        }
        return try backend.upload(
            stored.float32(), shape: Shape(checking: stored.shape), elementType: .float32)
    }
}
