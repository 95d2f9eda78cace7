public import BertCore

/// How products of bfloat16 are computed.
enum BFloat16Arithmetic: String, CaseIterable {
    /// By the processor's bfloat16 instructions, which sum pairs in an order of their own.
    case native
    /// As float32, of inputs and weights that are rounded to bfloat16: the same on every processor.
    case portable

    /// What `BERT_NUMERICS` asks for; else what is faster on processors with such instructions.
    ///
    /// Nothing is measured: two hosts with the same processor compute alike, however busy they are. Tiles (AMX) are much
    /// faster than float32; AVX-512's bfloat16 instructions alone were slower on Intel's processors that have them.
    /// - Parameter instructionSet: oneDNN's name for it, as `avx512_core_amx`.
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
    /// Which arithmetic bfloat16 has.
    public static let numerics = EnvironmentVariable(
        "BERT_NUMERICS", values: "portable | native", defaultValue: "native with AMX, else portable",
        summary: "bfloat16 as float32 of rounded numbers, or by the processor's bfloat16 instructions")
}
