import BertCheckpoints
public import BertCore

/// A model class resolved on a backend: real, or a dummy that knows why.
public struct ModelResolution: Sendable {
    /// The class and its dummy.
    public let entry: CatalogueEntry
    private let outcome: Result<any ComputeBackend, BackendUnavailableError>

    init(entry: CatalogueEntry, outcome: Result<any ComputeBackend, BackendUnavailableError>) {
        self.entry = entry
        self.outcome = outcome
    }

    /// The class's name.
    public var name: String { entry.name }
    /// The class, or its dummy.
    public var modelType: any BertPreTrainedModel.Type { isDummy ? entry.dummyType : entry.modelType }
    /// Whether the backend is missing.
    public var isDummy: Bool { unavailable != nil }
    /// Why the class can't be used, if it can't.
    public var unavailable: BackendUnavailableError? {
        if case .failure(let error) = outcome { error } else { nil }
    }

    /// Loads a checkpoint folder.
    ///
    /// - Throws: ``unavailable`` before anything is read; ``BertError`` that names the file, the key and the fix.
    public func fromPretrained(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        let backend = try outcome.get()
        return try entry.modelType.fromPretrained(ModelFiles(folder: folder), on: backend, options: options)
    }

    /// Loads a checkpoint folder, or gives the dummy where the backend is missing: for programs that start with what
    /// they have and answer for the rest with the reason.
    ///
    /// - Throws: ``BertError`` that names the file, the key and the fix; never because a backend is missing.
    public func fromPretrainedOrDummy(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        if let unavailable { return entry.makeDummy(unavailable) }
        return try fromPretrained(folder, options: options)
    }
}
