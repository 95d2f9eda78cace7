/// How the tests were built.
public enum BuildConfiguration {
    /// Whether the compiler optimised. Kernels are some hundred times slower where it didn't, so that tests of a real
    /// model take fewer texts there; the run in release takes them all.
    public static let isOptimised: Bool = {
        #if DEBUG
            false
        #else
            true
        #endif
    }()
}
