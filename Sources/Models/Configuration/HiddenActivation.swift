public import BertCore

/// The activation function of the feed-forward layers, with its name in `config.json`.
///
/// Several names refer to the same function. A written configuration keeps the name that was read.
public struct HiddenActivation: Sendable, Hashable {
    /// The name in `config.json`, for example `gelu_new`.
    public let name: String
    /// The activation function.
    public let function: Activation

    /// Looks up an activation by name.
    ///
    /// - Throws: ``BertError`` `.unknownName` with the known names.
    public init(_ name: String) throws {
        guard let function = Self.known.first(where: { $0.name == name })?.function else {
            let names = Self.known.map(\.name)
            let guess = Spelling.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            throw BertError(
                .unknownName,
                "unknown activation \"\(name)\"\(guess); known activations are \(names.joined(separator: ", "))",
                value: .string(name), choices: names)
        }
        self.init(name: name, function: function)
    }

    private init(name: String, function: Activation) {
        self.name = name
        self.function = function
    }

    /// The exact `gelu`, with the error function; used by BERT and RoBERTa.
    public static let gelu = HiddenActivation(name: "gelu", function: .gelu)
    /// The tanh approximation of `gelu`, used by ALBERT.
    public static let geluNew = HiddenActivation(name: "gelu_new", function: .geluTanh)

    /// x · sigmoid(x).
    public static let silu = HiddenActivation(name: "silu", function: .silu)
    /// The hyperbolic tangent.
    public static let tanh = HiddenActivation(name: "tanh", function: .tanh)

    /// The entries of ACT2FN in `transformers` that are supported. The tanh variants differ only in how they are
    /// computed.
    private static let known: [(name: String, function: Activation)] = [
        ("gelu", .gelu), ("gelu_python", .gelu), ("gelu_new", .geluTanh), ("gelu_pytorch_tanh", .geluTanh),
        ("gelu_python_tanh", .geluTanh), ("gelu_fast", .geluTanh), ("gelu_accurate", .geluTanh),
        ("quick_gelu", .quickGelu), ("relu", .relu), ("silu", .silu), ("swish", .silu), ("tanh", .tanh),
        ("sigmoid", .sigmoid),
    ]
}
