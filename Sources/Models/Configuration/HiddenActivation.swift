public import BertCore

/// The activation function of the feed-forward layers, with the name that `config.json` has for it.
///
/// Several names stand for one function; a configuration that is written keeps the name that was read.
public struct HiddenActivation: Sendable, Hashable {
    /// The name in `config.json`, for example `gelu_new`.
    public let name: String
    /// The function.
    public let function: Activation

    /// Looks a name up.
    ///
    /// - Throws: ``BertError`` `.unknownName`, listing the known names.
    public init(_ name: String) throws {
        guard let function = Self.known.first(where: { $0.name == name })?.function else {
            let names = Self.known.map(\.name)
            let guess = Spelling.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            throw BertError(
                .unknownName,
                "there is no activation \"\(name)\"\(guess); known are \(names.joined(separator: ", "))")
        }
        self.init(name: name, function: function)
    }

    private init(name: String, function: Activation) {
        self.name = name
        self.function = function
    }

    /// `gelu` by the error function: BERT's and RoBERTa's.
    public static let gelu = HiddenActivation(name: "gelu", function: .gelu)
    /// `gelu` by the hyperbolic tangent: ALBERT's.
    public static let geluNew = HiddenActivation(name: "gelu_new", function: .geluTanh)

    /// x · sigmoid(x).
    public static let silu = HiddenActivation(name: "silu", function: .silu)
    /// The hyperbolic tangent.
    public static let tanh = HiddenActivation(name: "tanh", function: .tanh)

    /// `transformers`' ACT2FN, as far as there is a function for it; the tanh forms differ only in how they are computed.
    private static let known: [(name: String, function: Activation)] = [
        ("gelu", .gelu), ("gelu_python", .gelu), ("gelu_new", .geluTanh), ("gelu_pytorch_tanh", .geluTanh),
        ("gelu_fast", .geluTanh), ("gelu_accurate", .geluTanh), ("quick_gelu", .quickGelu), ("relu", .relu),
        ("silu", .silu), ("swish", .silu), ("tanh", .tanh), ("sigmoid", .sigmoid),
    ]
}
