/// A model type in the catalog: a real model or a ``Dummy``.
public protocol BackendBound: Sendable {
    /// The name of the class in `transformers`, for example `BertModel`.
    static var modelName: String { get }
    /// Whether the type is a placeholder for a class whose backend is unavailable.
    static var isDummy: Bool { get }
}

extension BackendBound {
    /// The name of the type.
    public static var modelName: String { String(describing: Self.self) }
    /// False; only ``Dummy`` overrides this.
    public static var isDummy: Bool { false }
}

/// A placeholder for `Model` while its backend is unavailable.
///
/// A dummy can be named, stored and listed, and contains the reason in ``error``. All methods that need the backend
/// throw that error. A dummy never becomes usable: resolve the model again when the backend is available. It
/// corresponds to `DummyObject` in `transformers`.
public struct Dummy<Model: BackendBound>: BackendBound, CustomStringConvertible {
    /// The name of the class that the dummy stands for.
    public static var modelName: String { Model.modelName }
    /// Always true.
    public static var isDummy: Bool { true }

    /// The reason why the model can't be used.
    public let error: BackendUnavailableError

    /// Creates a dummy for a model that is unavailable because of `error`.
    public init(_ error: BackendUnavailableError) { self.error = error.needed(by: Model.modelName) }

    /// The requested backends; any one of them is sufficient.
    public var requiredBackends: [String] { error.failures.map(\.backend) }

    /// For example `DummyBertModel (needs onednn)`.
    public var description: String {
        "Dummy\(Model.modelName) (needs \(requiredBackends.isEmpty ? "a backend" : requiredBackends.joined(separator: " or ")))"
    }
}
