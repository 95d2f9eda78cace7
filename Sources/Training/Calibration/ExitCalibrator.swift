import BertCore
import BertModels

/// A calibrator that finds exit policies for a model from the outputs of its off-ramps.
///
/// A random half of the texts is used for fitting and choosing: regressions, thresholds of layers, and the order of
/// settings and families. The other half certifies the fastest setting of each family whose loss is within the
/// requested bound.
public struct ExitCalibrator: Sendable {
    /// The permitted loss of answers.
    public var risk: RiskControl
    /// The families to try.
    public var families: [ExitFamily]
    /// The seed for splitting the texts.
    public var seed: UInt64

    /// Creates a calibrator, by default for all families.
    public init(risk: RiskControl = RiskControl(), families: [ExitFamily] = ExitFamily.allCases, seed: UInt64 = 0) {
        self.risk = risk
        self.families = families
        self.seed = seed
    }

    /// Calibrates exit policies.
    ///
    /// - Parameters:
    ///   - data: Texts that are representative of future texts.
    ///   - checking: Other texts, which don't affect the result.
    ///   - costs: The costs of layers. The default is ``LayerCosts/layers(_:)``.
    /// - Throws: ``BertError`` with code `invalidArgument` for an invalid risk control or data of two different models;
    ///   with code `invalidInput` for fewer than two texts.
    public func callAsFunction(
        _ data: ExitData, checking: ExitData? = nil, costs: LayerCosts? = nil
    ) throws -> ExitCalibration {
        try check(data, checking)
        let order = shuffled(data.texts.count)
        let half = data.texts.count / 2
        let (fit, certify) = (data.part(order[..<half].sorted()), data.part(order[half...].sorted()))
        let costs = costs ?? .layers(data.layerCount)
        var (fitting, certifying) = (ExitSimulator(fit), ExitSimulator(certify))
        var rows: [(cost: Double, row: ExitCalibration.Row)] = []
        for family in families {
            // Chooses the sequence of settings that is the fastest on the texts used for fitting.
            var best: (cost: Double, settings: [ExitPolicy])?
            for settings in try family.sequences(fit, costs) where !settings.isEmpty {
                let last = try risk.last(of: settings.count) { try fitting.outcome(of: settings[$0]) }
                let policy = last.map { settings[$0] } ?? .never
                let cost = try fitting.outcome(of: policy).cost(fit, costs)
                if best.map({ cost < $0.cost }) ?? true { best = (cost, settings) }
            }
            guard let best else { continue }
            rows.append((best.cost, try row(family, best.settings, &certifying, checking)))
        }
        return ExitCalibration(
            fitCount: half, certifyCount: data.texts.count - half, risk: risk, costs: costs, certifying: certify,
            checking: checking,
            rows: rows.enumerated().sorted { ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset) }
                .map(\.element.row))
    }

    private func row(
        _ family: ExitFamily, _ settings: [ExitPolicy], _ simulator: inout ExitSimulator, _ checking: ExitData?
    ) throws -> ExitCalibration.Row {
        let last = try risk.last(of: settings.count) { try simulator.outcome(of: settings[$0]) }
        let outcome = try simulator.outcome(of: settings[last ?? 0])
        let points = stride(from: 0, to: settings.count, by: max(1, settings.count / 40))
        return ExitCalibration.Row(
            family: family, policy: last.map { settings[$0] }, outcome: last.map { _ in outcome },
            bound: risk.bound(outcome), check: try last.flatMap { try checking?.outcome(of: settings[$0]) },
            curve: try points.map { (settings[$0], try simulator.outcome(of: settings[$0])) })
    }

    private func check(_ data: ExitData, _ checking: ExitData?) throws {
        for (value, key) in [(risk.targetLoss, "target-loss"), (risk.confidence, "confidence")] {
            guard value > 0, value < 1 else {
                throw BertError(.invalidArgument, "must be between 0 and 1", key: key, value: .double(value))
            }
        }
        guard data.texts.count > 1 else {
            throw BertError(.invalidInput, "calibration requires at least two texts")
        }
        if let checking, (checking.layerCount, checking.labelCount) != (data.layerCount, data.labelCount) {
            throw BertError(.invalidArgument, "the check texts were computed by another model")
        }
        if let checking, checking.isLabelled != data.isLabelled {
            throw BertError(
                .invalidInput,
                "the texts to calibrate on \(data.isLabelled ? "have" : "lack") labels, those to check with don't")
        }
    }

    /// Returns the numbers below `count` in an order that depends only on the seed (Fisher–Yates).
    private func shuffled(_ count: Int) -> [Int] {
        var generator = SplitMix64(seed: seed)
        var order = Array(0..<count)
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, Int(generator.next().multipliedFullWidth(by: UInt64(index + 1)).high))
        }
        return order
    }
}
