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
    private static var priority: BackendPriority {
        #if DEBUG
            // In debug builds, this package's kernels aren't optimized, but the libraries are.
            return 100
        #else
            switch InstructionSet.best {
            case .avx2: return 350
            case .avx512: return 250
            // In int8, oneDNN took longer for all shapes on an Intel Xeon. In float32 and bfloat16, these kernels
            // haven't been compared with it there.
            case .avx512vnni: return BackendPriority(float32: 250, bfloat16: 250, int8: 350)
            // Only the best instruction set on AMD. On an AMD Zen 5, oneDNN took 1.02 to 1.22 times as long as this
            // backend in float32, 0.99 to 1.27 times in bfloat16, and 0.97 to 1.14 times in int8, with MiniLM-L6 at
            // 1×16, 1×128 and 8×128, and BERT-base at 1×16, 1×128 and 8×128 (2 threads, oneDNN 2.6.3).
            case .avx512bf16: return 350
            // On a busy Intel Xeon with AMX, oneDNN took 0.91 to 1.55 times as long as this backend in bfloat16 (median
            // 1.09), and 0.77 to 1.64 times in int8 (median 1.15), with MiniLM-L6 at 1×16 to 8×128 and BERT-base at
            // 1×128 (2 threads, oneDNN 2.6.3).
            case .amx: return BackendPriority(float32: 250, bfloat16: 350, int8: 350)
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
