public import BertCore

/// The built-in backends, for tests that run on each of them.
public enum AvailableBackends {
    /// The names of the built-in backends.
    public static let builtIn = ["reference", "simd", "openblas", "onednn"]

    /// Returns the names of the available backends. If a library is missing, the tests of its backend check the reason.
    public static func names(in registry: BackendRegistry = .shared) -> [String] {
        builtIn.filter { registry.status(of: $0).backend != nil }
    }
}
