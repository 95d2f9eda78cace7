import BackendBLAS
import BackendReference
import BertCore
import TestSupport
import Testing

/// A backend that the suite is run on.
struct TestedBackend: Sendable, CustomTestStringConvertible {
    let name: String
    let backend: any ComputeBackend
    /// The operations to test, or empty for all.
    var only: [String] = []
    var testDescription: String { name }

    /// All available registered backends, each as it is and with only its primitive operations, and OpenBLAS with each
    /// method of splitting products.
    static let all: [TestedBackend] =
        BackendRegistry.shared.names.flatMap { name in
            guard let backend = BackendRegistry.shared.status(of: name).backend else { return [TestedBackend]() }
            return [
                TestedBackend(name: name, backend: backend),
                TestedBackend(name: "\(name), primitives only", backend: PrimitivesOnly(of: backend), only: composites),
            ]
        } + openBLASVariants

    /// The operations with default implementations, and whole encoders.
    private static let composites = [
        "prepareLinear", "linear", "activation", "layerNorm", "softmax", "attention", "embeddings", "pool",
        "l2Normalize", "encoder", "gradients", "linearInputGradient", "linearWeightGradient", "activationGradient",
        "layerNormGradient", "softmaxGradient", "l2NormalizeGradient", "attentionGradient", "prepareLinearForStep",
        "dropout", "crossEntropy", "sumOfSquares", "adamW",
    ]

    /// OpenBLAS with each method of splitting products, whether it suits this processor or not, with more threads than
    /// cores.
    private static let openBLASVariants: [TestedBackend] = {
        guard let library = try? OpenBLASLibrary.open(environment: .process) else { return [] }
        let workers = WorkerPool(threads: 3)
        let reference = ReferenceBackend(workers: workers)
        return [("small", Blocking.inPlace), ("large", .none)].map { name, blocking in
            TestedBackend(
                name: "openblas in \(name) calls",
                backend: OpenBLASBackend(library: library, workers: workers, delegate: reference, blocking: blocking),
                only: ["matmul", "linear", "prepareLinear"])
        }
    }()
}

@Suite("Backends that are tested")
struct TestedBackendTests {
    @Test("the built-in ones are registered")
    func registered() {
        #expect(Set(BackendRegistry.shared.names).isSuperset(of: ["reference", "simd", "openblas", "onednn"]))
    }

    @Test("each is available, or its library was not found", arguments: BackendRegistry.shared.names)
    func reason(name: String) {
        guard let reason = BackendRegistry.shared.status(of: name).reason else { return }
        RequiredBackends.check(name, reason)
        let excuses: [BackendUnavailableReason.Code] = [.libraryNotFound, .disabledByEnvironment]
        #expect(!["reference", "simd"].contains(name) && excuses.contains(reason.code), "\(name): \(reason)")
    }
}
