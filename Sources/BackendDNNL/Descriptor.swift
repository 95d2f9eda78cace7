public import BertCore
import BertHostKernels

extension DNNLBackend {
    /// The registry entry of the oneDNN backend.
    public static let descriptor = BackendDescriptor(
        name: name, aliases: ["dnnl", "mkldnn"], summary: "oneDNN: blocked weights, compiled for this processor",
        priority: 300, packages: PackageNames(apt: "libdnnl-dev", dnf: "onednn-devel", brew: "onednn"),
        variables: [.oneDNNLibrary, .instructions, .numerics],
        validate: {
            _ = try InstructionSet($0)
            _ = try BFloat16Arithmetic.requested(by: $0)
        }
    ) { context in
        try DNNLBackend(context)
    }
}

extension EnvironmentVariable {
    /// The oneDNN library to load.
    public static let oneDNNLibrary = EnvironmentVariable(
        "BERT_ONEDNN_LIBRARY", values: "FILE", defaultValue: "libdnnl of the system",
        summary: "the oneDNN library to load, instead of the default ones")
}

/// Runs when the code is loaded, before `main`, and only adds the descriptor to the registry.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(DNNLBackend.descriptor) }
