public import BertCore
import BertHostKernels

extension SIMDBackend {
    /// The SIMD backend's entry in the registry.
    public static let descriptor = BackendDescriptor(
        name: name, aliases: ["kernels"], summary: "this package's own vector kernels, always available",
        priority: priority, variables: [.instructions], validate: { _ = try InstructionSet($0) }
    ) { context in
        try SIMDBackend(context)
    }

    /// Before oneDNN (300) where it was measured to be faster; elsewhere between oneDNN and OpenBLAS (200), or after both if
    /// vectors are short.
    private static var priority: Int {
        #if DEBUG
            // Our kernels are compiled without optimisation, the libraries with it.
            return 100
        #else
            switch InstructionSet.best {
            case .avx2: return 350
            case .avx512, .avx512vnni: return 250
            case .plain, .vector128: return 100
            }
        #endif
    }
}

/// Runs when the code is loaded, before `main`. It only adds the descriptor.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(SIMDBackend.descriptor) }
