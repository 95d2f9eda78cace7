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
            // In int8, oneDNN took 1.02 to 1.17 times as long as this backend on an AMD Zen 4 (MiniLM-L6 and BERT-base,
            // 1×16 to 32×128, 2 threads, oneDNN 2.6.3), and longer for all shapes on an Intel Xeon. In float32 on Zen
            // 4, the ratio was 1.33 for 1×16, but 0.96 to 1.00 for larger batches.
            case .avx512vnni, .avx512bf16: return BackendPriority(float32: 250, bfloat16: 250, int8: 350)
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
