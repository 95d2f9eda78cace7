public import BertModels

/// The exit policies that were found for a model, and what they do.
public struct ExitCalibration: Sendable {
    /// A family and its fastest setting whose bound holds.
    public struct Row: Sendable {
        /// The family.
        public let family: ExitFamily
        /// The setting; nil if none holds.
        public let policy: ExitPolicy?
        /// What it does to the texts that certify it.
        public let outcome: ExitOutcome?
        /// The bound of its loss; that of the safest setting if none holds.
        public let bound: Double
        /// What it does to the texts to check with.
        public let check: ExitOutcome?
        /// What settings from the safest to the fastest do to the texts that certify: cost of a text and outcome.
        public let curve: [(policy: ExitPolicy, outcome: ExitOutcome)]
    }

    /// How many texts were used to fit and to choose, and how many to certify.
    public let fitCount: Int
    public let certifyCount: Int
    /// What was asked for.
    public let risk: RiskControl
    /// What layers cost.
    public let costs: LayerCosts
    /// The texts that certify, and those to check with.
    public let certifying: ExitData
    public let checking: ExitData?
    /// The families, the one with the lowest cost on the texts to fit with first.
    public let rows: [Row]

    /// The family to use: the first one, if a setting of it holds.
    ///
    /// It was put first before the texts that certify were looked at, so that the choice takes nothing from the bound.
    public var chosen: Row? { rows.first.flatMap { $0.policy == nil ? nil : $0 } }

    /// The cost of all layers divided by that of a policy's outcome.
    public func speedUp(_ outcome: ExitOutcome, on data: ExitData) -> Double {
        let whole = data.texts.reduce(0) { $0 + Double($1.tokens) } * costs.whole
        return whole / max(outcome.cost(data, costs), .leastNormalMagnitude)
    }
}
