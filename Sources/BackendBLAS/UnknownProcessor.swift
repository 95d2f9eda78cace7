package import BertHostKernels

/// A processor newer than the library.
///
/// OpenBLAS takes it for a Prescott of 2004 and runs at a quarter of its speed. It reads `OPENBLAS_CORETYPE` while it is
/// loaded. Only whoever starts the process can set that safely: `setenv` races with other threads that read the environment,
/// and a library whose threads may run can't be unloaded to load it again. So the variable is advised.
package enum UnknownProcessor {
    static let variable = "OPENBLAS_CORETYPE"

    /// What to do about kernels that are far below what the processor has; nil if they aren't.
    ///
    /// - Parameters:
    ///   - coreName: the family of processors whose kernels the library uses.
    ///   - instructions: the best that the processor has.
    package static func advice(coreName: String, instructions: InstructionSet) -> String? {
        guard coreName == "Prescott", let better = betterCore(instructions) else { return nil }
        return """
            \(coreName): this OpenBLAS doesn't know the processor and is several times slower than it could be; \
            start the program with \(variable)=\(better)
            """
    }

    /// The library's name for a processor with these instructions; nil if they are no more than a Prescott's.
    private static func betterCore(_ instructions: InstructionSet) -> String? {
        if instructions.isAtLeast(.avx512) { return "SkylakeX" }
        if instructions.isAtLeast(.avx2) { return "Haswell" }
        return nil
    }
}
