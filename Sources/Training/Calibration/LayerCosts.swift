/// The cost per token of a text that exits after a layer, in seconds or layers.
public struct LayerCosts: Sendable, Hashable {
    /// The unit of costs.
    public enum Unit: String, Sendable, CaseIterable {
        /// Seconds measured on this machine, including off-ramps.
        case seconds
        /// Layers of equal cost, which don't depend on the machine.
        case layers
    }

    /// The unit of the costs.
    public let unit: Unit
    /// The cost per token of exiting at the off-ramp after each layer. The costs are increasing.
    public let toLeave: [Double]
    /// The cost per token of a text that passes all layers without an exit.
    public let whole: Double

    /// - Parameters:
    ///   - unit: The unit of the costs.
    ///   - toLeave: The cost by layer. If a measured cost is lower than that of an earlier layer, it is increased.
    ///   - whole: The cost of passing all layers.
    public init(_ unit: Unit, toLeave: [Double], whole: Double) {
        self.unit = unit
        var highest = 0.0
        self.toLeave = toLeave.map { cost in
            highest = max(highest, cost)
            return highest
        }
        self.whole = max(whole, .leastNormalMagnitude)
    }

    /// Returns a cost of one for each layer.
    public static func layers(_ count: Int) -> LayerCosts {
        LayerCosts(.layers, toLeave: (1...count).map(Double.init), whole: Double(count))
    }

    /// Returns the cost per token of exiting at an off-ramp. The index `toLeave.count` means no exit.
    func callAsFunction(_ exit: Int) -> Double { exit < toLeave.count ? toLeave[exit] : whole }
}
