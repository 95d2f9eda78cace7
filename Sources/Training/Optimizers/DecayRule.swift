/// Which parameters AdamW's weight decay leaves out: biases and the weights of normalisations
/// (`Trainer.get_decay_parameter_names`).
public enum DecayRule {
    private static let parts = ["bias", "layernorm", "rmsnorm", ".norm.", "_norm"]

    /// Whether the weight decay reaches a parameter.
    ///
    /// - Parameters:
    ///   - name: the parameter's name.
    ///   - isNormalisation: whether it belongs to a normalisation, whatever its name.
    public static func decays(_ name: String, isNormalisation: Bool = false) -> Bool {
        let lower = name.lowercased()
        return !isNormalisation && !parts.contains(where: lower.contains)
    }
}
