/// A type of model that computes on a backend: what the catalogue lists, real or dummy.
public protocol BackendBound: Sendable {
    /// The class's name in `transformers`, for example `BertModel`.
    static var modelName: String { get }
    /// Whether this is the stand-in for a class whose backend is missing. Never throws.
    static var isDummy: Bool { get }
}

extension BackendBound {
    /// The type's own name.
    public static var modelName: String { String(describing: Self.self) }
    /// False: what isn't ``Dummy`` is real.
    public static var isDummy: Bool { false }
}

/// Stands in for `Model` where its backend is missing.
///
/// It can be named, stored, listed and asked about; whatever would need the backend throws ``error``, always the same.
/// A dummy never becomes real: resolve the model again once the backend is there. After `transformers`' `DummyObject`.
public struct Dummy<Model: BackendBound>: BackendBound, CustomStringConvertible {
    /// The name of the class it stands in for.
    public static var modelName: String { Model.modelName }
    /// True.
    public static var isDummy: Bool { true }

    /// Why the model can't be used.
    public let error: BackendUnavailableError

    /// Stands in for a model that could not be had because of `error`.
    public init(_ error: BackendUnavailableError) { self.error = error.needed(by: Model.modelName) }

    /// The backends that were asked for, any of which would do.
    public var requiredBackends: [String] { error.failures.map(\.backend) }

    /// For example `DummyBertModel (needs onednn)`.
    public var description: String {
        "Dummy\(Model.modelName) (needs \(requiredBackends.isEmpty ? "a backend" : requiredBackends.joined(separator: " or ")))"
    }
}
