import ArgumentParser
import BertCore

/// `--backend`, for every verb that computes.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "The backend that computes: auto, a name, or names in order of preference (default: $BERT_BACKEND).",
        transform: { try BackendSelection(parsing: $0, from: "--backend") })
    var backend: BackendSelection?

    @Option(
        help: ArgumentHelp(
            "What linear layers are computed in: \(Self.precisions) (default: $BERT_PRECISION, or float32).",
            valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--precision") })
    var precision: Precision?

    // Not the group: in a debug build the parser checks a group several times for each one that it is in.
    @Option(name: PluginOptions.name, help: PluginOptions.help)
    var plugins: [String] = []

    /// What to call the choice in messages.
    static let source = BackendSelection.Source.argument("--backend")

    /// The backend that is asked for, or whatever is there.
    ///
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func resolve(for requester: String) throws -> any ComputeBackend {
        try PluginOptions.load(plugins)
        let registry = BackendRegistry.shared
        let (selection, source) = try registry.resolve(backend, from: Self.source)
        return try registry.backend(
            precision.map(selection.computing) ?? selection, from: source, for: requester)
    }

    private static let precisions = Precision.allCases.map(\.rawValue).joined(separator: ", ")
}
