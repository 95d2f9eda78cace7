import ArgumentParser
import Bert
import BertJSON

/// Options for when sequences exit a model with off-ramps.
struct ExitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Exit when the entropy in nats is below this threshold: one number, or comma-separated numbers for each layer.",
            valueName: "x,x,…"),
        transform: { try ExitOptions.numbers($0, "--exit-entropy") })
    var exitEntropy: [Float]?

    @Option(
        help: ArgumentHelp(
            "Exit when n consecutive layers predict the same label; 0 disables early exit.", valueName: "n"))
    var exitPatience: Int?

    @Option(
        help: ArgumentHelp(
            "With --exit-patience for regression: predictions that differ by less than x are considered equal.",
            valueName: "x"))
    var regressionThreshold: Float?

    @Option(help: ArgumentHelp("Exit after layer n, counted from 1.", valueName: "n"))
    var exitLayer: Int?

    func validate() throws {
        let given = [exitEntropy != nil, exitPatience != nil, exitLayer != nil].count { $0 }
        guard given <= 1 else {
            throw ValidationError("use only one of --exit-entropy, --exit-patience and --exit-layer")
        }
        guard regressionThreshold == nil || exitPatience != nil else {
            throw ValidationError("--regression-threshold requires --exit-patience")
        }
    }

    /// The requested policy, or nil for the checkpoint's own.
    var policy: ExitPolicy? {
        if let exitEntropy { return .entropy(exitEntropy) }
        if let exitPatience { return .patience(exitPatience, regressionThreshold: regressionThreshold ?? 0) }
        return exitLayer.map { .fixedLayer($0) }
    }

    /// The options that results depend on.
    var facts: JSONObject {
        var facts = JSONObject()
        if let exitEntropy { facts["exit-entropy"] = .array(exitEntropy.map(JSONValue.float)) }
        if let exitPatience { facts["exit-patience"] = .int(exitPatience) }
        if let regressionThreshold { facts["regression-threshold"] = .float(regressionThreshold) }
        if let exitLayer { facts["exit-layer"] = .int(exitLayer) }
        return facts
    }

    /// Parses numbers separated by commas.
    private static func numbers(_ text: String, _ option: String) throws -> [Float] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let number = Float(part) else {
                throw ValidationError("\(option) must be a number or comma-separated numbers, not \"\(text)\"")
            }
            return number
        }
    }
}
