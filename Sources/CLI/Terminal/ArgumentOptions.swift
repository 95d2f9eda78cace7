import BertCore

extension BertError {
    /// Returns the error with the name of the program's option instead of that of the library's argument.
    var namingOption: BertError {
        guard code == .invalidArgument, let key, let option = Self.options[key] else { return self }
        var error = self
        error.key = option
        return error
    }

    private static let options = [
        "entropy": "--exit-entropy", "fixedLayer": "--exit-layer",
        "hypothesisTemplate": "--hypothesis-template", "maxActiveDims": "--max-active-dims",
        "maxLength": "--max-length", "patience": "--exit-patience",
        "policy": "--exit-entropy, --exit-patience or --exit-layer", "regressionThreshold": "--regression-threshold",
        "topK": "--top-k",
    ]
}
