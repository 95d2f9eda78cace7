import BertCheckpoints
public import BertCore

/// A model class resolved on a backend: the real class, or a dummy with the reason.
public struct ModelResolution: Sendable {
    /// The class and its dummy.
    public let entry: CatalogueEntry
    private let outcome: Result<any ComputeBackend, BackendUnavailableError>

    init(entry: CatalogueEntry, outcome: Result<any ComputeBackend, BackendUnavailableError>) {
        self.entry = entry
        self.outcome = outcome
    }

    /// The name of the class.
    public var name: String { entry.name }
    /// The class, or its dummy.
    public var modelType: any BertPreTrainedModel.Type { isDummy ? entry.dummyType : entry.modelType }
    /// Whether the backend is unavailable.
    public var isDummy: Bool { unavailable != nil }
    /// The reason why the class can't be used; nil if it can.
    public var unavailable: BackendUnavailableError? {
        if case .failure(let error) = outcome { error } else { nil }
    }

    /// Loads a checkpoint folder.
    ///
    /// - Throws: ``unavailable`` before any file is read; ``BertError`` with the file, the key and a fix.
    public func fromPretrained(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        let backend = try outcome.get()
        return try entry.modelType.fromPretrained(ModelFiles(folder: folder), on: backend, options: options)
    }

    /// Loads a checkpoint folder, or returns a dummy if the backend is unavailable.
    ///
    /// For programs that start with the models that are available and report the reason for the others.
    ///
    /// - Throws: ``BertError`` with the file, the key and a fix, but never because a backend is unavailable.
    public func fromPretrainedOrDummy(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        if let unavailable { return entry.makeDummy(unavailable) }
        return try fromPretrained(folder, options: options)
    }
}
