public import BertCore
import BertHostKernels

extension SIMDBackend {
    /// The descriptor of the SIMD backend.
    public static let descriptor = BackendDescriptor(
        name: name, aliases: ["kernels"], summary: "this package's own vector kernels, always available",
        priority: priority, variables: [.instructions, .numerics],
        validate: {
            _ = try InstructionSet($0)
            _ = try BFloat16Arithmetic.requested(by: $0)
        }
    ) { context in
        try SIMDBackend(context)
    }

    /// The priority is higher than oneDNN's (300) on processors on which it was measured to be faster. Otherwise it is
    /// between oneDNN's and OpenBLAS's (200), or lower than both on processors with short vectors.
    private static var priority: Int {
        #if DEBUG
            // In debug builds, this package's kernels aren't optimized, but the libraries are.
            return 100
        #else
            switch InstructionSet.best {
            case .avx2: return 350
            case .avx512, .avx512vnni, .avx512bf16: return 250
            case .plain, .vector128: return 100
            }
        #endif
    }
}

/// Registers the descriptor when the code is loaded, before `main`.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(SIMDBackend.descriptor) }
