public import BertCore
import CKernels

extension SIMDBackend {
    /// What the SIMD backend registers with.
    public static let descriptor = BackendDescriptor(
        name: name, aliases: ["kernels"], summary: "this package's own vector kernels, always there",
        priority: priority
    ) { context in
        try SIMDBackend(context)
    }

    /// Before oneDNN (300) where it was measured to be faster; elsewhere between it and OpenBLAS (200), or behind both
    /// where vectors are short.
    private static var priority: Int {
        #if DEBUG
            // Compiled without optimisation, which the libraries are not.
            return 100
        #else
            switch String(cString: bert_kernels_isa()) {
            case "avx2": return 350
            case "avx512", "avx512vnni": return 250
            default: return 100
            }
        #endif
    }
}

/// Runs when the code is loaded, before `main`; appends the descriptor and does nothing else.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(SIMDBackend.descriptor) }
