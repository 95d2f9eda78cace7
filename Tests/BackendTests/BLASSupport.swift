import BackendBLAS
import BackendReference
import BertCore

/// A registry with nothing in it but OpenBLAS and the reference, under variables of its own.
func registryWithOpenBLAS(_ variables: [String: String] = [:]) throws -> BackendRegistry {
    let registry = BackendRegistry(environment: BertEnvironment(variables)) { _ in }
    try registry.register(ReferenceBackend.descriptor)
    try registry.register(OpenBLASBackend.descriptor)
    return registry
}

extension TestedBackend {
    /// OpenBLAS with each way to cut products, whichever suits this processor, on more threads than there are.
    static let openBLASVariants: [TestedBackend] = {
        guard let library = try? OpenBLASLibrary.open(environment: .process) else { return [] }
        let workers = WorkerPool(threads: 3)
        let reference = ReferenceBackend(workers: workers)
        return [("small", Blocking.inPlace), ("large", .none)].map { name, blocking in
            TestedBackend(
                name: "openblas in \(name) calls",
                backend: OpenBLASBackend(library: library, workers: workers, delegate: reference, blocking: blocking))
        }
    }()
}
