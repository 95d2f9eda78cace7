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
