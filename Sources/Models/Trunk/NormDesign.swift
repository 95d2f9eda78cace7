/// The name of a layer normalisation, and whether it has a bias.
public struct NormDesign: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Where its parameters are: `output.LayerNorm`.
    public var name: String
    /// Whether there is a `bias` beside the `weight`.
    public var hasBias: Bool

    /// Names a layer normalisation.
    public init(_ name: String, bias hasBias: Bool = true) {
        self.name = name
        self.hasBias = hasBias
    }

    /// Names one with a bias.
    public init(stringLiteral name: String) { self.init(name) }

    /// The same under a path.
    func under(_ path: String) -> NormDesign { NormDesign(path + name, bias: hasBias) }
}

extension ParameterSpec {
    /// The parameters of a layer normalisation.
    static func layerNorm(_ norm: NormDesign, _ size: Int) -> [ParameterSpec] {
        layerNorm(norm.name, size, bias: norm.hasBias)
    }
}
