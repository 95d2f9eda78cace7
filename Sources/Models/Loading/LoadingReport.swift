public import BertCore

/// A comparison of a checkpoint's keys with the parameters of a model class.
public struct LoadingReport: Sendable, Hashable {
    /// Parameters that aren't in the checkpoint and were newly initialized.
    public var missingKeys: [String] = []
    /// Tensors of the checkpoint that the model doesn't use.
    public var unexpectedKeys: [String] = []
    /// Parameters whose shape in the checkpoint differs, with both shapes. They were newly initialized.
    public var mismatchedKeys: [String] = []

    /// Whether all parameters were loaded and no tensor was left over.
    public var isClean: Bool { missingKeys.isEmpty && unexpectedKeys.isEmpty && mismatchedKeys.isEmpty }
}

/// Options for loading a checkpoint.
public struct LoadingOptions: Sendable {
    /// The handling of parameters that aren't in the checkpoint.
    public enum Missing: Sendable {
        /// Throw an error that lists them.
        case fail
        /// Initialize them like a new model's, with seed 0, and emit a warning that lists them.
        ///
        /// Optional parameters are omitted. A checkpoint without any of the parameters is an error nevertheless.
        case warn
        /// Initialize them like a new model's, with the given seed.
        case initialise(seed: UInt64)
    }
    /// The handling of missing parameters.
    public var missing: Missing
    /// Whether parameters with a different shape are treated as missing instead of as an error.
    public var ignoreMismatchedSizes: Bool
    /// Whether to check all weights and throw an error with the names of parameters that contain infinity or NaN.
    public var checksValues: Bool
    /// A closure that receives warnings; nil to use the shared registry's.
    public var observer: BackendObserver?

    /// Creates options. By default, missing parameters are initialized with a warning, different shapes are an error,
    /// and values aren't checked.
    public init(
        missing: Missing = .warn, ignoreMismatchedSizes: Bool = false, checksValues: Bool = false,
        observer: BackendObserver? = nil
    ) {
        self.missing = missing
        self.ignoreMismatchedSizes = ignoreMismatchedSizes
        self.checksValues = checksValues
        self.observer = observer
    }

    /// Options for inference: every parameter must be in the checkpoint.
    public static let strict = LoadingOptions(missing: .fail)

    func warn(_ message: String) { tell(BackendEvent(.warning, message)) }

    func note(_ message: String) { tell(BackendEvent(.notice, message)) }

    private func tell(_ event: BackendEvent) {
        if let observer { observer(event) } else { BackendRegistry.shared.tell(event) }
    }
}
