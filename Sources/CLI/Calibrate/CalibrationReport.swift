import Bert
import BertCore
import BertJSON
import BertTraining

/// The report that `bert calibrate` writes.
struct CalibrationReport {
    let model: String
    let modelName: String
    let backend: BackendInfo
    /// The names of the labels.
    let labels: [String]
    /// The files of `data` and of the texts that the policy was checked on.
    let files: (data: String, check: String?)
    /// All texts before they were split.
    let data: ExitData
    let result: ExitCalibration
    /// The number of texts in a timed batch.
    let batchSize: Int
    /// The measured speed-up over the whole model of each family's policy, or nil if nothing was timed.
    let seconds: [ExitFamily: Double]?
    /// The measured speed-up on the texts that the policy was checked on.
    let checkSeconds: [ExitFamily: Double]?

    /// A setting for which no other setting is better in both speed and answers kept.
    struct Point {
        let family: ExitFamily
        let policy: ExitPolicy
        let outcome: ExitOutcome
        /// The speed-up according to the costs of layers.
        let speedUp: Double
    }

    /// All settings of all families that were tried, measured on the certification texts.
    var points: [Point] {
        result.rows.flatMap { row in
            row.curve.map {
                Point(
                    family: row.family, policy: $0.policy, outcome: $0.outcome,
                    speedUp: result.speedUp($0.outcome, on: result.certifying))
            }
        }
    }

    /// The Pareto frontier of ``points`` in ascending order of speed, in steps of at least a tenth.
    var frontier: [Point] {
        var frontier: [Point] = []
        for point in points.sorted(by: { ($0.speedUp, -$0.outcome.lost) > ($1.speedUp, -$1.outcome.lost) })
        where point.outcome.lost < frontier.last?.outcome.lost ?? .max && point.speedUp > 1 {
            frontier.append(point)
        }
        var thinned: [Point] = []
        for point in frontier.reversed() where point.speedUp >= (thinned.last?.speedUp ?? 0) * 1.1 {
            thinned.append(point)
        }
        return thinned
    }

    /// The error if no setting was found.
    var nothingFound: BertError {
        let (count, risk) = (result.certifyCount, result.risk)
        let needed = ClopperPearson.trialsNeeded(limit: risk.targetLoss, confidence: risk.confidence)
        let hope =
            count < needed
            ? """
            \(count) texts are not enough to certify it, which requires \(needed) even if none is lost; use at least \(2 * needed) \
            texts, or a higher --target-loss
            """
            : "even the safest setting loses too many predictions; use more texts, or a higher --target-loss"
        return BertError(
            .invalidInput, "no policy has a loss below the target of \(risk.targetLoss): \(hope). Nothing was written",
            file: files.data, value: .int(count), limit: count < needed ? .int(needed) : nil)
    }

    /// A warning if the lengths of the texts to check on are considerably different.
    var lengthWarning: String? {
        guard let check = result.checking?.tokens, let file = files.check else { return nil }
        let ratio = check.mean / data.tokens.mean
        guard ratio > 1.25 || ratio < 0.8 else { return nil }
        return """
            the texts of \(file) are \(ratio.threeDigits) times as long as those of \(files.data), so the bound may not hold for \
            them. Calibrate with representative texts
            """
    }
}
