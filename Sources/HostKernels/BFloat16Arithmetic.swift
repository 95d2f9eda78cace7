public import BertCore

/// The arithmetic of bfloat16 products on processors with bfloat16 instructions that use their own order of summation.
package enum BFloat16Arithmetic: String, CaseIterable, Sendable {
    /// The bfloat16 instructions of the processor.
    case native
    /// Arithmetic that gives the same results on all processors.
    case portable

    /// Returns the arithmetic that `BERT_NUMERICS` requests; nil if it isn't set.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`.
    package static func requested(by environment: BertEnvironment) throws -> BFloat16Arithmetic? {
        guard let value = environment[.numerics] else { return nil }
        guard let arithmetic = Self(rawValue: value.lowercased()) else {
            throw BertError(
                .invalidSetting, "\"\(value)\" is neither portable nor native", key: EnvironmentVariable.numerics.name,
                value: .string(value), choices: ["portable", "native"])
        }
        return arithmetic
    }
}

extension EnvironmentVariable {
    /// The arithmetic of bfloat16 products.
    public static let numerics = EnvironmentVariable(
        "BERT_NUMERICS", values: "portable | native", defaultValue: "the faster one for the processor",
        summary: "bfloat16 arithmetic that is the same on all processors, or the processor's bfloat16 instructions")
}
