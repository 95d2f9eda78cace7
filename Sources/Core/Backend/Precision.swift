/// What the products of linear layers are computed in. Everything else, and every tensor that an operation takes or
/// gives, stays float32.
///
/// Asked for with ``BackendSelection/computing(in:)``, `--precision` or `BERT_PRECISION`; float32 unless somebody does.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// float32 throughout.
    case float32
    /// Inputs and weights are rounded to bfloat16, to nearest even; their products are summed in float32.
    case bfloat16
    /// Inputs and weights become integers of eight bits, whose products are summed exactly.
    ///
    /// Weights have a scale for each output: with a the greatest magnitude of one weight or of the sum of two neighbours of one
    /// sign, w[2i] and w[2i + 1], w becomes round(w · (127/a)) and stands for that times a/127. So two products of neighbours
    /// with bytes fit into 16 bits, which is what processors without instructions for int8 can sum at once.
    /// Inputs have a scale and a zero point for each row, found when the layer is called: with r = max(x, 0) − min(x, 0) and
    /// z = round(−min(x, 0) · (255/r)), x becomes q = min(round(x · (255/r)) + z, 255) and stands for (q − z) · (r/255).
    /// Factors and sums are float32, ties go to even. Where a or r is below 2⁻¹¹⁹ all become zeros; where it is infinite or no
    /// number, so is the result.
    case int8

    /// Reads a name; upper and lower case and white space don't matter.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`, naming `source`.
    public init(parsing text: String, from source: String) throws {
        guard let precision = Precision(rawValue: text.trimmed.lowercased()) else {
            throw BertError(
                .invalidSetting,
                "\(source) is \"\(text)\"; it takes \(Precision.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = precision
    }
}
