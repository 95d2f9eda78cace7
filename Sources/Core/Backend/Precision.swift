/// The precision of the products in linear layers. All tensors passed to or returned from operations are float32.
///
/// All other operations compute in float32, except that a backend may round the inputs of attention to bfloat16 if the
/// precision is ``bfloat16``.
///
/// Selected by ``BackendSelection/computing(in:)``, `--precision` or `BERT_PRECISION`. The default is float32.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// Full float32.
    case float32
    /// Inputs and weights rounded to bfloat16, to nearest even, with float32 accumulation.
    case bfloat16
    /// Inputs and weights quantized to 8-bit integers, with exact accumulation.
    ///
    /// Weights have one scale per output. With a the greatest magnitude of any weight or of the sum of two neighbors
    /// w[2i] and w[2i + 1] of the same sign, w is quantized to round(w · (127/a)), which represents that times a/127.
    /// So the sum of two neighboring products with bytes fits into 16 bits, as processors without int8 instructions
    /// require.
    ///
    /// Inputs have a scale and a zero point per row, computed at each call. With r = max(x, 0) − min(x, 0) and z =
    /// round(−min(x, 0) · (255/r)), x is quantized to q = min(round(x · (255/r)) + z, 255), which represents (q − z) ·
    /// (r/255). Scales and sums are float32; ties round to even. If a or r is below 2⁻¹¹⁹, all values become zero; if
    /// it is infinite or NaN, so is the result.
    case int8

    /// Parses a name, ignoring case and white space.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` that names `source`.
    public init(parsing text: String, from source: String) throws {
        guard let precision = Precision(rawValue: text.trimmed.lowercased()) else {
            let names = Precision.allCases.map(\.rawValue)
            throw BertError(
                .invalidSetting, "\"\(text)\" is not a precision; use \(names.joined(separator: ", "))", key: source,
                value: .string(text), choices: names)
        }
        self = precision
    }
}
