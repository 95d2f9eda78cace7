/// What a text costs that leaves after a layer, for each of its tokens, in seconds or in layers.
public struct LayerCosts: Sendable, Hashable {
    /// What costs are.
    public enum Unit: String, Sendable, CaseIterable {
        /// Measured on this machine, off-ramps included.
        case seconds
        /// Layers, all alike: the same on any machine.
        case layers
    }

    /// What a cost is.
    public let unit: Unit
    /// Of a token of a text that leaves by the off-ramp after each layer; rises.
    public let toLeave: [Double]
    /// Of a token of a text that goes all the way and takes no off-ramp.
    public let whole: Double

    /// - Parameters:
    ///   - unit: what costs are counted in.
    ///   - toLeave: by layer; made to rise where the clock says that a layer more costs less.
    ///   - whole: to go all the way.
    public init(_ unit: Unit, toLeave: [Double], whole: Double) {
        self.unit = unit
        var highest = 0.0
        self.toLeave = toLeave.map { cost in
            highest = max(highest, cost)
            return highest
        }
        self.whole = max(whole, .leastNormalMagnitude)
    }

    /// One for each layer.
    public static func layers(_ count: Int) -> LayerCosts {
        LayerCosts(.layers, toLeave: (1...count).map(Double.init), whole: Double(count))
    }

    /// The cost of a token that leaves by an off-ramp (index = layers: by none).
    func callAsFunction(_ exit: Int) -> Double { exit < toLeave.count ? toLeave[exit] : whole }
}
