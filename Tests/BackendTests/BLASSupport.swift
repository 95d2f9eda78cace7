import BackendBLAS
import BackendReference
import BertCore

/// Returns a registry with only OpenBLAS and the reference backend, and its own environment variables.
func registryWithOpenBLAS(_ variables: [String: String] = [:]) throws -> BackendRegistry {
    let registry = BackendRegistry(environment: BertEnvironment(variables)) { _ in }
    try registry.register(ReferenceBackend.descriptor)
    try registry.register(OpenBLASBackend.descriptor)
    return registry
}
