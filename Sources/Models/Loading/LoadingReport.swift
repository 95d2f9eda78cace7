public import BertCore

/// How a checkpoint fitted a model class, key by key.
public struct LoadingReport: Sendable, Hashable {
    /// Parameters that the checkpoint lacks and that were initialised anew.
    public var missingKeys: [String] = []
    /// Tensors of the checkpoint that the model has no use for.
    public var unexpectedKeys: [String] = []
    /// Parameters of another shape in the checkpoint, initialised anew, with both shapes.
    public var mismatchedKeys: [String] = []

    /// Whether every parameter came from the checkpoint and nothing was left over.
    public var isClean: Bool { missingKeys.isEmpty && unexpectedKeys.isEmpty && mismatchedKeys.isEmpty }
}

/// How to load a checkpoint.
public struct LoadingOptions: Sendable {
    /// What to do about a parameter that the checkpoint lacks.
    public enum Missing: Sendable {
        /// Throw, naming every one of them.
        case fail
        /// Initialise it as a new model would be, from seed 0, and warn, naming every one of them; what a class can do
        /// without stays out. A checkpoint that has none of the parameters is an error all the same.
        case warn
        /// Initialise it from this seed, as a new model would be.
        case initialise(seed: UInt64)
    }
    /// What to do about missing parameters.
    public var missing: Missing
    /// Whether a parameter of another shape counts as missing rather than as an error.
    public var ignoreMismatchedSizes: Bool
    /// Whether to look at every weight and throw, naming the parameters, if one is infinite or not a number.
    public var checksValues: Bool
    /// Receives warnings; they go where the shared registry's go if nil.
    public var observer: BackendObserver?

    /// By default what is missing is initialised, with a warning, nothing may be of another shape, and values are not
    /// looked at.
    public init(
        missing: Missing = .warn, ignoreMismatchedSizes: Bool = false, checksValues: Bool = false,
        observer: BackendObserver? = nil
    ) {
        self.missing = missing
        self.ignoreMismatchedSizes = ignoreMismatchedSizes
        self.checksValues = checksValues
        self.observer = observer
    }

    /// For programs that compute and don't train: every parameter has to come from the checkpoint.
    public static let strict = LoadingOptions(missing: .fail)

    func warn(_ message: String) { tell(BackendEvent(.warning, message)) }

    func note(_ message: String) { tell(BackendEvent(.notice, message)) }

    private func tell(_ event: BackendEvent) {
        if let observer { observer(event) } else { BackendRegistry.shared.tell(event) }
    }
}
