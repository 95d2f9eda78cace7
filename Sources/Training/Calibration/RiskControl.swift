/// The permitted loss of answers, and the confidence that it isn't exceeded.
public struct RiskControl: Sendable, Hashable {
    /// The maximum share of texts that may lose the correct answer by exiting early.
    public var targetLoss: Double
    /// The probability with which this must hold for new texts of the same kind.
    public var confidence: Double

    /// Creates a risk control. The default is a loss of at most 0.5 % with a confidence of 90 %.
    public init(targetLoss: Double = 0.005, confidence: Double = 0.9) {
        self.targetLoss = targetLoss
        self.confidence = confidence
    }

    /// Returns the upper bound of the loss on similar texts.
    public func bound(_ outcome: ExitOutcome) -> Double {
        ClopperPearson.upperBound(outcome.lost, of: outcome.exits.count, confidence: confidence)
    }

    /// Tries settings in order, until the bound of one exceeds ``targetLoss``. Because the order is fixed, no
    /// correction for multiple tests is needed (fixed-sequence testing; "Fast yet Safe", arXiv 2405.20915).
    ///
    /// - Returns: The index of the last setting within the bound, or nil if the first one exceeds it.
    func last(of settings: Int, outcome: (Int) throws -> ExitOutcome) rethrows -> Int? {
        for index in 0..<settings where bound(try outcome(index)) > targetLoss {
            return index == 0 ? nil : index - 1
        }
        return settings == 0 ? nil : settings - 1
    }
}
