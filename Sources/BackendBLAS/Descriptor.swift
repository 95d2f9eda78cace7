public import BertCore
import BertHostKernels

extension OpenBLASBackend {
    /// The registry entry of the OpenBLAS backend.
    public static let descriptor = BackendDescriptor(
        name: name, aliases: ["blas"], summary: "matrix products with OpenBLAS", priority: 200,
        packages: PackageNames(apt: "libopenblas-dev", dnf: "openblas-devel", brew: "openblas"),
        variables: [.openBLASLibrary, .instructions],
        validate: { _ = try InstructionSet($0) }
    ) { context in
        let library = try OpenBLASLibrary.open(environment: context.environment)
        return OpenBLASBackend(
            library: library, workers: context.workers, delegate: try context.reference(),
            instructions: try InstructionSet(context.environment))
    }
}

extension EnvironmentVariable {
    /// The OpenBLAS library to load.
    static let openBLASLibrary = EnvironmentVariable(
        "BERT_OPENBLAS_LIBRARY", values: "FILE", defaultValue: OpenBLASLibrary.usualNames.joined(separator: ", "),
        summary: "the OpenBLAS library to load, instead of the default ones")
}

/// Runs when the code is loaded, before `main`, and only adds the descriptor to the registry.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(OpenBLASBackend.descriptor) }
