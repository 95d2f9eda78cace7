/// The parameters that AdamW's weight decay applies to: all except biases and the weights of normalization layers
/// (`Trainer.get_decay_parameter_names`).
public enum DecayRule {
    private static let parts = ["bias", "layernorm", "rmsnorm", ".norm.", "_norm"]

    /// Returns whether weight decay applies to a parameter.
    ///
    /// - Parameters:
    ///   - name: The parameter's name.
    ///   - isNormalisation: Whether the parameter belongs to a normalization layer, regardless of its name.
    public static func decays(_ name: String, isNormalisation: Bool = false) -> Bool {
        let lower = name.lowercased()
        return !isNormalisation && !parts.contains(where: lower.contains)
    }
}
