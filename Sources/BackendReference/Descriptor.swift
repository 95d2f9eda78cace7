public import BertCore

extension ReferenceBackend {
    /// The registry entry of the reference backend.
    public static let descriptor = BackendDescriptor(
        name: "reference", aliases: ["swift"], summary: "reference implementation in plain Swift, always available",
        priority: 0
    ) { context in
        ReferenceBackend(workers: context.workers)
    }
}

/// Runs when the code is loaded, before `main`, and only adds the descriptor to the registry.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(ReferenceBackend.descriptor) }
