/// A model type, real or dummy: what the catalogue lists.
public protocol BackendBound: Sendable {
    /// The class's name in `transformers`, for example `BertModel`.
    static var modelName: String { get }
    /// Whether this is the dummy of a class whose backend is missing.
    static var isDummy: Bool { get }
}

extension BackendBound {
    /// The type's own name.
    public static var modelName: String { String(describing: Self.self) }
    /// False; only ``Dummy`` overrides this.
    public static var isDummy: Bool { false }
}

/// The placeholder for `Model` while its backend is missing.
///
/// You can name, store and list it, and ask it for the reason; every method that would need the backend throws ``error``. A
/// dummy never becomes real: resolve the model again once the backend is available. Modelled on `DummyObject` in
/// `transformers`.
public struct Dummy<Model: BackendBound>: BackendBound, CustomStringConvertible {
    /// The name of the class that it replaces.
    public static var modelName: String { Model.modelName }
    /// True.
    public static var isDummy: Bool { true }

    /// Why the model can't be used.
    public let error: BackendUnavailableError

    /// The dummy of a model that is unavailable because of `error`.
    public init(_ error: BackendUnavailableError) { self.error = error.needed(by: Model.modelName) }

    /// The requested backends, any of which would do.
    public var requiredBackends: [String] { error.failures.map(\.backend) }

    /// For example `DummyBertModel (needs onednn)`.
    public var description: String {
        "Dummy\(Model.modelName) (needs \(requiredBackends.isEmpty ? "a backend" : requiredBackends.joined(separator: " or ")))"
    }
}
