package import BertHostKernels

/// Detection of a processor that is newer than the library.
///
/// OpenBLAS treats it as a Prescott from 2004 and runs at a quarter of the possible speed. `OPENBLAS_CORETYPE`
/// overrides the detection, but is read while the library is loaded. Setting it in the process isn't safe: `setenv`
/// races with threads that read the environment, and a library with running threads can't be unloaded and loaded again.
/// So the user is advised to set the variable.
package enum UnknownProcessor {
    static let variable = "OPENBLAS_CORETYPE"

    /// Returns advice if the kernels are far below the processor's capabilities; otherwise nil.
    ///
    /// - Parameters:
    ///   - coreName: The processor family of the library's kernels.
    ///   - instructions: The best instruction set of the processor.
    package static func advice(coreName: String, instructions: InstructionSet) -> String? {
        guard coreName == "Prescott", let better = betterCore(instructions) else { return nil }
        return """
            \(coreName): this version of OpenBLAS doesn't recognize the processor, so it is several times slower than possible; \
            start the program with \(variable)=\(better)
            """
    }

    /// Returns the library's name for a processor with these instructions; nil if a Prescott has them as well.
    private static func betterCore(_ instructions: InstructionSet) -> String? {
        if instructions.isAtLeast(.avx512) { return "SkylakeX" }
        if instructions.isAtLeast(.avx2) { return "Haswell" }
        return nil
    }
}
