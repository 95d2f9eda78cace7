extension Metrics {
    /// Returns the two metrics of SQuAD for answers, in percent.
    ///
    /// - Parameters:
    ///   - predictions: The answer to each question, or an empty string for no answer.
    ///   - answers: The correct answers to each question. The best match counts. A question without correct answers has
    ///     no answer.
    public static func answers(
        _ predictions: [String], _ answers: [[String]]
    ) -> (exactMatch: Double, f1: Double) {
        var (exact, f1) = (0.0, 0.0)
        for (prediction, right) in zip(predictions, answers) {
            let words = normalizedWords(prediction)
            let wanted = (right.isEmpty ? [""] : right).map(normalizedWords)
            exact += wanted.contains(words) ? 1 : 0
            f1 += wanted.map { overlap(words, $0) }.max() ?? 0
        }
        let count = Double(max(predictions.count, 1))
        return (100 * exact / count, 100 * f1 / count)
    }

    /// Returns the words in lowercase, without punctuation and articles.
    private static func normalizedWords(_ text: String) -> [String] {
        let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
        return text.lowercased().filter { !punctuation.contains($0) }.split(whereSeparator: \.isWhitespace)
            .map(String.init).filter { !["a", "an", "the"].contains($0) }
    }

    private static func overlap(_ a: [String], _ b: [String]) -> Double {
        if a.isEmpty || b.isEmpty { return a == b ? 1 : 0 }
        var left: [String: Int] = [:]
        for word in b { left[word, default: 0] += 1 }
        var common = 0
        for word in a where left[word, default: 0] > 0 {
            left[word, default: 0] -= 1
            common += 1
        }
        return 2 * Double(common) / Double(a.count + b.count)
    }
}
