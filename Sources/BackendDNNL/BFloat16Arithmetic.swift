public import BertCore

/// The arithmetic of bfloat16 products.
enum BFloat16Arithmetic: String, CaseIterable {
    /// The bfloat16 instructions of the processor, which sum pairs in their own order.
    case native
    /// float32 arithmetic on inputs and weights rounded to bfloat16. The same on all processors.
    case portable

    /// Creates the arithmetic that `BERT_NUMERICS` requests, or the faster one for the processor.
    ///
    /// The choice isn't measured, so hosts with the same processor compute the same results regardless of load. Tiles
    /// (AMX) are much faster than float32. The bfloat16 instructions of AVX-512 alone are slower on the Intel
    /// processors that have them.
    /// - Parameter instructionSet: oneDNN's name of the instruction set, for example `avx512_core_amx`.
    /// - Throws: ``BertError`` with code `invalidSetting`.
    init(_ environment: BertEnvironment, instructionSet: String?) throws {
        guard let value = environment[.numerics] else {
            self = instructionSet?.contains("amx") == true ? .native : .portable
            return
        }
        guard let asked = Self(rawValue: value.lowercased()) else {
            throw BertError(
                .invalidSetting, "\"\(value)\" is neither portable nor native", key: EnvironmentVariable.numerics.name,
                value: .string(value))
        }
        self = asked
    }
}

extension EnvironmentVariable {
    /// The arithmetic of bfloat16 products.
    public static let numerics = EnvironmentVariable(
        "BERT_NUMERICS", values: "portable | native", defaultValue: "native with AMX, else portable",
        summary: "bfloat16 as float32 of rounded numbers, or by the processor's bfloat16 instructions")
}
