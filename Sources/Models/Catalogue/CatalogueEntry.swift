public import BertCore

/// A model class and its dummy.
public struct CatalogueEntry: Sendable {
    /// The class's name.
    public let name: String
    /// The class.
    public let modelType: any BertPreTrainedModel.Type
    /// What is in its place where its backend is missing.
    public let dummyType: any BertPreTrainedModel.Type
    /// Makes a dummy that answers with this error.
    public let makeDummy: @Sendable (BackendUnavailableError) -> any BertPreTrainedModel
    /// Who registered it: module and file, and the plugin it came in.
    public let origin: String

    /// The entry of a class, with its dummy derived.
    init<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String) {
        name = model.modelName
        modelType = model
        dummyType = Dummy<Model>.self
        makeDummy = { Dummy<Model>($0) }
        self.origin = origin
    }

    /// Whether both are the same class, whoever registered it.
    func isSame(as other: CatalogueEntry) -> Bool {
        ObjectIdentifier(modelType) == ObjectIdentifier(other.modelType)
    }
}
