public import BertCore

/// The built-in backends, for tests that run on each.
public enum AvailableBackends {
    /// The names of the built-in backends.
    public static let builtIn = ["reference", "simd", "openblas", "onednn"]

    /// Those that can be used here. A missing library is asserted to be told with a reason by the tests of its backend.
    public static func names(in registry: BackendRegistry = .shared) -> [String] {
        builtIn.filter { registry.status(of: $0).backend != nil }
    }
}
