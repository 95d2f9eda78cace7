/// The build configuration of the tests.
public enum BuildConfiguration {
    /// Whether the build is optimized. Kernels are about a hundred times slower otherwise, so tests of a real model use
    /// fewer texts. Release builds use all texts.
    public static let isOptimised: Bool = {
        #if DEBUG
            false
        #else
            true
        #endif
    }()
}
