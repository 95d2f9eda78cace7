/// The name of a layer normalization, and whether it has a bias.
public struct NormDesign: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The prefix of its parameters, for example `output.LayerNorm`.
    public var name: String
    /// Whether it has a `bias` in addition to the `weight`.
    public var hasBias: Bool

    /// Creates a description of a layer normalization.
    public init(_ name: String, bias hasBias: Bool = true) {
        self.name = name
        self.hasBias = hasBias
    }

    /// Creates a description of a layer normalization with a bias.
    public init(stringLiteral name: String) { self.init(name) }

    /// Returns the normalization with a path prepended to its name.
    func under(_ path: String) -> NormDesign { NormDesign(path + name, bias: hasBias) }
}

extension ParameterSpec {
    /// Returns the parameters of a layer normalization.
    static func layerNorm(_ norm: NormDesign, _ size: Int) -> [ParameterSpec] {
        layerNorm(norm.name, size, bias: norm.hasBias)
    }
}
