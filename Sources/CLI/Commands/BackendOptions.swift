import ArgumentParser
import BertCore

/// `--backend`, for every verb that computes.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "The backend that computes: auto, a name, or names in order of preference (default: $BERT_BACKEND).",
        transform: { try BackendSelection(parsing: $0, from: "--backend") })
    var backend: BackendSelection?

    @OptionGroup var plugins: PluginOptions

    /// What to call the choice in messages.
    static let source = BackendSelection.Source.argument("--backend")

    /// The backend that is asked for, or whatever is there.
    ///
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func resolve(for requester: String) throws -> any ComputeBackend {
        try plugins.load()
        return try BackendRegistry.shared.backend(backend, from: Self.source, for: requester)
    }
}
