import BertCore
public import BertJSON

extension Trainer {
    /// Predicts the test examples, and writes `predict_results.txt` with a header, and a line with the index and the
    /// prediction of each example (like `run_glue` of `transformers`).
    ///
    /// - Returns: The metrics, with the prefix `predict_`, if the examples have labels.
    public func predict() throws -> JSONObject {
        guard let test = subject.test else {
            throw BertError(.invalidArgument, "there is nothing to predict; add --test-file", key: "--do-predict")
        }
        let (report, seconds) = try report(test, perLayer: false)
        var text = "index\tprediction\n"
        for (index, prediction) in report.predictions.enumerated() {
            text += "\(index)\t\(Self.words(prediction))\n"
        }
        try AtomicFile.replace("\(output)/predict_results.txt", with: text)
        var (values, times) = members(report, seconds, prefix: "predict_")
        for (key, value) in times { values[key] = value }
        values["predict_samples"] = .int(report.samples)
        try TrainingCheckpoint.write(.object(values), to: "\(output)/predict_results.json")
        return values
    }

    private static func words(_ value: JSONValue) -> String {
        if let list = value.arrayValue { return list.map(words).joined(separator: " ") }
        if let text = value.stringValue { return text.split(whereSeparator: \.isNewline).joined(separator: " ") }
        guard let number = value.doubleValue else { return value.serialized() }
        let thousandths = (number.magnitude * 1_000).rounded()
        guard thousandths < 1e15 else { return String(number) }
        let digits = String(Int(thousandths) % 1_000)
        return (number < 0 && thousandths > 0 ? "-" : "") + "\(Int(thousandths) / 1_000)."
            + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
