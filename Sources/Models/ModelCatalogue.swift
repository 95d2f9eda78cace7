import BertCheckpoints
public import BertCore

/// The model classes there are, each with its dummy, under the names that `transformers` and checkpoints use.
public enum ModelCatalogue {
    /// One line for each class; the dummy is derived.
    public static let entries: [CatalogueEntry] = [
        CatalogueEntry(BertModel.self),
        CatalogueEntry(BertForPreTraining.self),
        CatalogueEntry(BertForMaskedLM.self),
        CatalogueEntry(BertLMHeadModel.self),
        CatalogueEntry(BertForNextSentencePrediction.self),
        CatalogueEntry(BertForSequenceClassification.self),
        CatalogueEntry(BertForMultipleChoice.self),
        CatalogueEntry(BertForTokenClassification.self),
        CatalogueEntry(BertForQuestionAnswering.self),
        CatalogueEntry(RobertaModel.self),
        CatalogueEntry(RobertaForMaskedLM.self),
        CatalogueEntry(RobertaForCausalLM.self),
        CatalogueEntry(RobertaForSequenceClassification.self),
        CatalogueEntry(RobertaForMultipleChoice.self),
        CatalogueEntry(RobertaForTokenClassification.self),
        CatalogueEntry(RobertaForQuestionAnswering.self),
        CatalogueEntry(AlbertModel.self),
        CatalogueEntry(AlbertForSequenceClassification.self),
        CatalogueEntry(DistilBertModel.self),
        CatalogueEntry(DistilBertForMaskedLM.self),
        CatalogueEntry(DistilBertForSequenceClassification.self),
        CatalogueEntry(DistilBertForTokenClassification.self),
        CatalogueEntry(DistilBertForQuestionAnswering.self),
        CatalogueEntry(DeeBertModel.self),
        CatalogueEntry(DeeBertForSequenceClassification.self),
        CatalogueEntry(DeeRobertaModel.self),
        CatalogueEntry(DeeRobertaForSequenceClassification.self),
        CatalogueEntry(BertForSequenceClassificationWithPabee.self),
        CatalogueEntry(AlbertForSequenceClassificationWithPabee.self),
    ]

    /// The names of the classes.
    public static var names: [String] { entries.map(\.name) }

    /// The entry of a class; XLM-RoBERTa's and CamemBERT's classes are RoBERTa's.
    ///
    /// - Throws: ``BertError`` with code `unknownName`, with the nearest name.
    public static func entry(_ name: String) throws -> CatalogueEntry {
        for alias in ["XLMRoberta", "Camembert"] where name.hasPrefix(alias) {
            return try entry("Roberta" + name.dropFirst(alias.count))
        }
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let hint = Spelling.nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        throw BertError(
            .unknownName, "there is no model class \(name); \(hint)The classes are \(names.joined(separator: ", "))")
    }

    /// The class of this name on the selected backend: the real one, or its dummy if the backend isn't available.
    ///
    /// Ask again when a backend has appeared: a dummy never becomes real.
    ///
    /// - Throws: ``BertError`` for an unknown name or a `BERT_BACKEND` that can't be understood; never because a backend
    ///   is missing.
    public static func resolve(
        _ name: String, backend selection: BackendSelection? = nil, registry: BackendRegistry = .shared
    ) throws -> ModelResolution {
        let entry = try entry(name)
        do {
            return ModelResolution(entry: entry, outcome: .success(try registry.backend(selection, for: name)))
        } catch let error as BackendUnavailableError {
            return ModelResolution(entry: entry, outcome: .failure(error))
        }
    }

    /// The class that a checkpoint says it is made for, by `architectures` and otherwise by `model_type`.
    ///
    /// - Throws: ``BertError`` with code `unknownName` if it is none of ``names``.
    public static func className(for config: BertConfig) throws -> String {
        try entry(config.architectures.first ?? config.modelType.baseClass).name
    }

    /// Loads a checkpoint folder as the class that it is made for, or as the one named.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class; nil is the one that ``className(for:)`` gives.
    ///   - selection: the backend to compute on; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    ///   - options: what to do about weights that don't fit. A head that the checkpoint lacks is new, with a warning,
    ///     unless they are strict.
    /// - Throws: ``BackendUnavailableError``; ``BertError`` that names file, key and mend.
    public static func fromPretrained(
        _ folder: String, as className: String? = nil, backend selection: BackendSelection? = nil,
        options: LoadingOptions = LoadingOptions(), registry: BackendRegistry = .shared
    ) throws -> any BertPreTrainedModel {
        let name = try className ?? self.className(for: BertConfig(ModelFiles(folder: folder)))
        return try resolve(name, backend: selection, registry: registry).fromPretrained(folder, options: options)
    }
}

/// A model class and its dummy.
public struct CatalogueEntry: Sendable {
    /// The class's name.
    public let name: String
    /// The class.
    public let modelType: any BertPreTrainedModel.Type
    /// What stands in for it.
    public let dummyType: any BertPreTrainedModel.Type
    /// Makes a dummy that answers with this error.
    public let makeDummy: @Sendable (BackendUnavailableError) -> any BertPreTrainedModel

    /// The entry of a class, with its dummy derived.
    public init<Model: BertPreTrainedModel>(_ model: Model.Type) {
        name = model.modelName
        modelType = model
        dummyType = Dummy<Model>.self
        makeDummy = { Dummy<Model>($0) }
    }
}

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
    /// - Throws: ``unavailable`` before anything is read; ``BertError`` that names file, key and mend.
    public func fromPretrained(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        let backend = try outcome.get()
        return try entry.modelType.fromPretrained(ModelFiles(folder: folder), on: backend, options: options)
    }

    /// Loads a checkpoint folder, or gives the dummy where the backend is missing: for programs that start with what
    /// they have and answer for the rest with the reason.
    ///
    /// - Throws: ``BertError`` that names file, key and mend; never because a backend is missing.
    public func fromPretrainedOrDummy(
        _ folder: String, options: LoadingOptions = LoadingOptions()
    ) throws -> any BertPreTrainedModel {
        if let unavailable { return entry.makeDummy(unavailable) }
        return try fromPretrained(folder, options: options)
    }
}
