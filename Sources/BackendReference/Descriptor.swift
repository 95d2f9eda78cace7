public import BertCore

extension ReferenceBackend {
    /// The reference backend's entry in the registry.
    public static let descriptor = BackendDescriptor(
        name: "reference", aliases: ["swift"], summary: "plain Swift, always available: defines every operation",
        priority: 0
    ) { context in
        ReferenceBackend(workers: context.workers)
    }
}

/// Runs when the code is loaded, before `main`. It only adds the descriptor.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(ReferenceBackend.descriptor) }
