import ArgumentParser
import BertCore

/// `--backend`, for commands that compute.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "Backend: auto, a name, or names in order of preference (default: $BERT_BACKEND, or auto).",
        transform: { try BackendSelection(parsing: $0, from: "--backend") })
    var backend: BackendSelection?

    @Option(
        help: ArgumentHelp(
            "Precision of linear layers: \(Self.precisions) (default: $BERT_PRECISION, or float32).",
            valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--precision") })
    var precision: Precision?

    // This option isn't in the option group, because the parser in debug builds checks a group several times for each
    // group that contains it.
    @Option(name: PluginOptions.name, help: PluginOptions.help)
    var plugins: [String] = []

    /// The source of the choice in messages.
    static let source = BackendSelection.Source.argument("--backend")

    /// Returns the requested backend, or the best available one if none is requested.
    ///
    /// - Parameters:
    ///   - requester: The command, for messages.
    ///   - model: Returns the class of the model to load. It is called only if the backend is unavailable.
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func resolve(for requester: String, model: () throws -> String? = { nil }) throws -> any ComputeBackend {
        try PluginOptions.load(plugins)
        do {
            return try BackendRegistry.shared.backend(
                backend, precision: precision, from: Self.source, for: requester)
        } catch let error as BackendUnavailableError {
            guard let model = try? model() else { throw error }
            throw error.needed(by: model)
        }
    }

    private static let precisions = Precision.allCases.map(\.rawValue).joined(separator: ", ")
}
