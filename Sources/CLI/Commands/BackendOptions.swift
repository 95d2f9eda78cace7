import ArgumentParser
import BertCore

/// `--backend`, for every verb that computes.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "The backend: auto, a name, or names in order of preference (default: $BERT_BACKEND, or auto).",
        transform: { try BackendSelection(parsing: $0, from: "--backend") })
    var backend: BackendSelection?

    @Option(
        help: ArgumentHelp(
            "Precision of linear layers: \(Self.precisions) (default: $BERT_PRECISION, or float32).",
            valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--precision") })
    var precision: Precision?

    // Not the group: in a debug build the parser checks a group several times for each one that it is in.
    @Option(name: PluginOptions.name, help: PluginOptions.help)
    var plugins: [String] = []

    /// What to call the choice in messages.
    static let source = BackendSelection.Source.argument("--backend")

    /// The requested backend, or else the best one available.
    ///
    /// - Parameters:
    ///   - requester: the verb, for messages.
    ///   - model: the class of the model that is to be loaded; asked only if the backend is missing.
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
