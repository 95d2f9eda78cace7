public import BertCore

/// A backend that multiplies matrices in a plain loop and delegates all other operations to the reference.
public struct TemplateBackend: DelegatingBackend {
    public let info: BackendInfo
    public let delegate: any ComputeBackend
    public let nativeOperations: Set<OperationKind> = [.matmul]
    private let workers: WorkerPool

    /// The descriptor that the backend registers. A backend for a C library would load it here with `DynamicLibrary`,
    /// and report its version in `info`.
    public static let descriptor = BackendDescriptor(
        name: "template", summary: "matrix products in a plain loop", priority: -100
    ) { context in
        TemplateBackend(
            info: BackendInfo(name: "template", version: "1.0", threads: context.threads),
            delegate: try context.reference(), workers: context.workers)
    }

    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (left, right) = (try HostView(a, for: info.name).floats, try HostView(b, for: info.name).floats)
        return try HostMemory.shared.floats(sizes.output) { result in
            workers.forEach(sizes.batch.elementCount) { index in
                let (x, y, z) = sizes.block(index)
                for row in 0..<m {
                    for column in 0..<n {
                        var sum: Float = 0
                        for inner in 0..<k {
                            sum +=
                                left[x + (transposeA ? inner * m + row : row * k + inner)]
                                * right[y + (transposeB ? column * k + inner : inner * n + column)]
                        }
                        result[z + row * n + column] = scale * sum
                    }
                }
            }
        }
    }
}

/// Registers the descriptor when the code is loaded, before `main` or in `dlopen`.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(TemplateBackend.descriptor) }
