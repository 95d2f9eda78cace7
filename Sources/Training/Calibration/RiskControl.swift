/// How many answers may be lost, and how sure one wants to be of it.
public struct RiskControl: Sendable, Hashable {
    /// The greatest share of texts that may lose the right answer by leaving early.
    public var targetLoss: Double
    /// The probability with which that has to hold for new texts of the same kind.
    public var confidence: Double

    /// By default at most 0.5 % with a probability of 90 %.
    public init(targetLoss: Double = 0.005, confidence: Double = 0.9) {
        self.targetLoss = targetLoss
        self.confidence = confidence
    }

    /// What bounds the loss of texts like these.
    public func bound(_ outcome: ExitOutcome) -> Double {
        ClopperPearson.upperBound(outcome.lost, of: outcome.exits.count, confidence: confidence)
    }

    /// Tries settings in their order and stops before the first whose bound exceeds ``targetLoss``. In a fixed order no
    /// correction for their number is needed (fixed-sequence testing; "Fast yet Safe", arXiv 2405.20915).
    ///
    /// - Returns: the index of the last setting that holds; nil if the first one doesn't.
    func last(of settings: Int, outcome: (Int) throws -> ExitOutcome) rethrows -> Int? {
        for index in 0..<settings where bound(try outcome(index)) > targetLoss {
            return index == 0 ? nil : index - 1
        }
        return settings == 0 ? nil : settings - 1
    }
}
