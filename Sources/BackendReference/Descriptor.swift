public import BertCore

extension ReferenceBackend {
    /// What the reference backend registers with.
    public static let descriptor = BackendDescriptor(
        name: "reference", aliases: ["swift"], summary: "pure Swift, always there: what every operation means",
        priority: 0
    ) { context in
        ReferenceBackend(workers: context.workers)
    }
}

/// Runs when the code is loaded, before `main`; appends the descriptor and does nothing else.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(ReferenceBackend.descriptor) }
