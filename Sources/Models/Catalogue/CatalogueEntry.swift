public import BertCore

/// A model class and its dummy.
public struct CatalogueEntry: Sendable {
    /// The name of the class.
    public let name: String
    /// The class.
    public let modelType: any BertPreTrainedModel.Type
    /// The placeholder type that is used while the backend is unavailable.
    public let dummyType: any BertPreTrainedModel.Type
    /// Creates a dummy with the given error.
    public let makeDummy: @Sendable (BackendUnavailableError) -> any BertPreTrainedModel
    /// The origin of the registration: module and file, and the plugin if there is one.
    public let origin: String

    /// Creates an entry for a class and its dummy.
    init<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String) {
        name = model.modelName
        modelType = model
        dummyType = Dummy<Model>.self
        makeDummy = { Dummy<Model>($0) }
        self.origin = origin
    }

    /// Returns whether both entries are for the same class, regardless of their origin.
    func isSame(as other: CatalogueEntry) -> Bool {
        ObjectIdentifier(modelType) == ObjectIdentifier(other.modelType)
    }
}
