public import BertModels

/// The exit policies found for a model, and their outcomes.
public struct ExitCalibration: Sendable {
    /// A family and its fastest setting within the bound.
    public struct Row: Sendable {
        /// The family.
        public let family: ExitFamily
        /// The setting, or nil if no setting is within the bound.
        public let policy: ExitPolicy?
        /// The outcome on the certification texts.
        public let outcome: ExitOutcome?
        /// The bound of the setting's loss, or of the safest setting's if no setting is within the bound.
        public let bound: Double
        /// The outcome on the texts to check on.
        public let check: ExitOutcome?
        /// The outcomes on the certification texts of the settings from the safest to the fastest.
        public let curve: [(policy: ExitPolicy, outcome: ExitOutcome)]
    }

    /// The numbers of texts used for fitting and choosing, and for certification.
    public let fitCount: Int
    public let certifyCount: Int
    /// The requested risk control.
    public let risk: RiskControl
    /// The costs of the layers.
    public let costs: LayerCosts
    /// The certification texts, and the texts to check on.
    public let certifying: ExitData
    public let checking: ExitData?
    /// The families, starting with the one with the lowest cost on the texts used for fitting.
    public let rows: [Row]

    /// The family to use: the first one, if one of its settings is within the bound.
    ///
    /// The first family is chosen without the certification texts, so the choice doesn't weaken the bound.
    public var chosen: Row? { rows.first.flatMap { $0.policy == nil ? nil : $0 } }

    /// Returns the cost of all layers divided by the cost of a policy's outcome.
    public func speedUp(_ outcome: ExitOutcome, on data: ExitData) -> Double {
        let whole = data.texts.reduce(0) { $0 + Double($1.tokens) } * costs.whole
        return whole / max(outcome.cost(data, costs), .leastNormalMagnitude)
    }
}
