public import BertCore
import Synchronization

/// Computes with oneDNN: matrix products and linear layers in the library, the rest beside it.
///
/// The library is used one thread at a time; its work is divided among the workers that all operations share.
public struct DNNLBackend: DelegatingBackend {
    static let name = "onednn"

    /// Name, version, library, instruction set and threads.
    public let info: BackendInfo
    /// Who does what is not native.
    public let delegate: any ComputeBackend
    let workers: WorkerPool
    let memory = HostMemory.shared
    let library: Library
    let products: ProductCache
    let layouts: LayoutCache
    let scratch = ScratchPool()

    /// Opens the library.
    ///
    /// - Throws: ``BackendUnavailableReason``, or ``BertError`` with code `libraryFailure`.
    init(_ context: BackendContext) throws {
        let library = try Library(context.environment)
        self.library = library
        delegate = try context.reference()
        workers = context.workers
        products = ProductCache(library)
        layouts = LayoutCache(library)
        info = BackendInfo(
            name: Self.name, version: library.version, libraryPath: library.path,
            instructionSet: library.instructionSet, threads: context.workers.threads,
            details: [
                "openmp": library.runtime,
                "waiting": "our own workers: \(context.workers.spins) looks for work, then sleep",
            ])
    }

    /// What the library does.
    public var nativeOperations: Set<OperationKind> { [.matmul, .prepareLinear, .linear] }

    /// Native, or what the delegate does.
    public func capability(of request: OperationRequest) -> Capability {
        guard !nativeOperations.contains(request.kind) else { return .native }
        switch delegate.capability(of: request) {
        case .native: return .delegated(to: delegate.info.name, why: "its own workers do this better")
        case let other: return other
        }
    }

    public func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput {
        try delegate.attention(input, options)
    }

    /// The float32 elements of an operand.
    func view(_ tensor: Tensor) throws -> HostView { try HostView(tensor, for: info.name) }
}

/// The layouts the library chose, by the weights' sizes: an encoder's layers share theirs.
final class LayoutCache: Sendable {
    private struct Sizes: Hashable {
        let inputSize: Int
        let outputSize: Int
    }
    private let layouts = Mutex<[Sizes: Layout]>([:])
    private let library: Library

    init(_ library: Library) { self.library = library }

    func layout(inputSize: Int, outputSize: Int) throws -> Layout {
        let sizes = Sizes(inputSize: inputSize, outputSize: outputSize)
        if let found = layouts.withLock({ $0[sizes] }) { return found }
        let layout = try Layout(inputSize: inputSize, outputSize: outputSize, in: library)
        return layouts.withLock { layouts in
            if let other = layouts[sizes] { return other }
            layouts[sizes] = layout
            return layout
        }
    }
}
