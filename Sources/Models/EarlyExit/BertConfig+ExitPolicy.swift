import BertCore
import BertJSON

extension BertConfig {
    /// The policy that the checkpoint itself asks for, by the names that the research code has for its settings:
    /// `early_exit_entropy` (a number, or one for each layer), `patience` with `regression_threshold`, or both entropy
    /// and patience: below the threshold that many layers running. ``ExitPolicy/never`` if it says nothing.
    ///
    /// - Throws: ``BertError`` with code `invalidConfiguration` for values of another type.
    public var exitPolicy: ExitPolicy {
        get throws {
            do {
                return try readExitPolicy(JSONNode(.object(raw), source: BertConfig.fileName))
            } catch {
                throw BertError(.invalidConfiguration, error.description)
            }
        }
    }

    private func readExitPolicy(_ config: JSONNode) throws(JSONError) -> ExitPolicy {
        let patience = try config["patience"]?.int(in: 0...Int(Int32.max)) ?? 0
        guard let entropy = config["early_exit_entropy"] else {
            let threshold = Float(try config["regression_threshold"]?.double() ?? 0)
            return patience > 0 ? .patience(patience, regressionThreshold: threshold) : .never
        }
        if entropy.value.arrayValue != nil {
            return .entropy(try entropy.elements().map { (node) throws(JSONError) in Float(try node.double()) })
        }
        let threshold = Float(try entropy.double())
        return patience > 0 ? .entropyPatience(threshold, layers: patience) : .entropy(threshold)
    }
}
