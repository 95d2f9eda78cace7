import BertCore
import Synchronization

/// A minimal backend that passes the registry's self-test, with plain products and sums in host memory.
final class FakeBackend: ComputeBackend {
    let info: BackendInfo
    private let precisions: [Precision]
    /// An error that is added to every product on purpose.
    private let error: Float
    private let memory = HostMemory()

    init(
        _ name: String, version: String? = nil, threads: Int = 1, error: Float = 0,
        precisions: [Precision] = [.float32], precision: Precision = .float32
    ) {
        info = BackendInfo(name: name, version: version, precision: precision, threads: threads)
        self.error = error
        self.precisions = precisions
    }

    func computing(in precision: Precision) throws -> any ComputeBackend {
        guard precisions.contains(precision) else {
            throw BackendUnavailableReason.precisionNotSupported(precision, have: precisions)
        }
        return FakeBackend(
            info.name, version: info.version, threads: info.threads, error: error, precisions: precisions,
            precision: precision)
    }

    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor {
        try memory.upload(buffer, shape: shape, elementType: elementType)
    }

    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws {
        try HostMemory.download(tensor, into: destination, for: info.name)
    }

    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (x, y) = (try HostView(a, for: info.name), try HostView(b, for: info.name))
        return try memory.floats(sizes.output) { result in
            for row in 0..<sizes.m {
                for column in 0..<sizes.n {
                    var sum = error
                    for inner in 0..<sizes.k {
                        let left = transposeA ? inner * sizes.m + row : row * sizes.k + inner
                        let right = transposeB ? column * sizes.k + inner : inner * sizes.n + column
                        sum += x.floats[left] * y.floats[right]
                    }
                    result[row * sizes.n + column] = scale * sum
                }
            }
        }
    }

    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        guard operation == .add else { throw unsupported() }
        let shape = try ShapeRules.broadcast(a.shape, b.shape)
        let (x, y) = (try HostView(a, for: info.name), try HostView(b, for: info.name))
        return try memory.floats(shape) { result in
            for index in 0..<shape.elementCount {
                result[index] = x.floats[index % x.count] + y.floats[index % y.count]
            }
        }
    }

    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor { throw unsupported() }
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor { throw unsupported() }
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor { throw unsupported() }
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor { throw unsupported() }
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor { throw unsupported() }
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor { throw unsupported() }
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor { throw unsupported() }
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor { throw unsupported() }

    private func unsupported() -> BertError { BertError(.unsupported, "the fake backend can't do this") }
}

extension BackendDescriptor {
    /// Returns the descriptor of an available backend.
    static func fake(
        _ name: String, aliases: [String] = [], version: String? = nil, priority: BackendPriority = 0,
        origin: String = "Fakes/\(#function)", error: Float = 0, precisions: [Precision] = [.float32]
    ) -> BackendDescriptor {
        BackendDescriptor(
            name: name, aliases: aliases, summary: "a backend for tests", priority: priority, origin: origin
        ) { FakeBackend(name, version: version, threads: $0.threads, error: error, precisions: precisions) }
    }

    /// Returns the descriptor of an unavailable backend.
    static func missing(
        _ name: String, _ reason: BackendUnavailableReason = .libraryNotFound(library: "libfake", tried: []),
        priority: BackendPriority = 0, variables: [EnvironmentVariable] = []
    ) -> BackendDescriptor {
        BackendDescriptor(
            name: name, summary: "a backend for tests", priority: priority, variables: variables,
            origin: "Fakes/missing"
        ) { _ in throw reason }
    }
}

extension BackendRegistry {
    /// Returns a registry with the given backends and variables.
    static func of(
        _ descriptors: [BackendDescriptor], environment: [String: String] = [:], observer: BackendObserver? = nil
    ) throws -> BackendRegistry {
        let registry = BackendRegistry(environment: BertEnvironment(environment), observer: observer ?? { _ in })
        for descriptor in descriptors { try registry.register(descriptor) }
        return registry
    }
}

/// Records backend events.
final class Recorder: Sendable {
    private let collected = Mutex<[BackendEvent]>([])
    var events: [BackendEvent] { collected.withLock { $0 } }
    var observer: BackendObserver { { event in self.collected.withLock { $0.append(event) } } }
}

/// Counts calls.
final class CallCount: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func increment() { count.add(1, ordering: .sequentiallyConsistent) }
}
