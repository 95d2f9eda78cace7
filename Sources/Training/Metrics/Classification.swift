/// The counts of predictions by actual and predicted class.
struct ConfusionMatrix {
    private let counts: [Int]
    private let classCount: Int

    /// - Parameters:
    ///   - predictions: The predicted class of each example, counted from 0.
    ///   - labels: The actual class of each example.
    init(_ predictions: [Int], _ labels: [Int]) {
        classCount = max(predictions.max() ?? 0, labels.max() ?? 0) + 1
        var counts = [Int](repeating: 0, count: classCount * classCount)
        for (prediction, label) in zip(predictions, labels) { counts[label * classCount + prediction] += 1 }
        self.counts = counts
    }

    private func count(_ label: Int, _ prediction: Int) -> Int { counts[label * classCount + prediction] }
    private var total: Int { counts.reduce(0, +) }
    private var right: Int { (0..<classCount).reduce(0) { $0 + count($1, $1) } }
    private func labelled(_ index: Int) -> Int { (0..<classCount).reduce(0) { $0 + count(index, $1) } }
    private func predicted(_ index: Int) -> Int { (0..<classCount).reduce(0) { $0 + count($1, index) } }

    /// The share of correct predictions.
    var accuracy: Double { total == 0 ? 0 : Double(right) / Double(total) }

    /// Returns the harmonic mean of precision and recall of a class, or 0 if neither is defined.
    func f1(of index: Int) -> Double {
        guard index < classCount else { return 0 }
        let sum = labelled(index) + predicted(index)
        return sum == 0 ? 0 : 2 * Double(count(index, index)) / Double(sum)
    }

    /// The mean of ``f1(of:)`` over the classes that occur.
    var macroF1: Double {
        let occurring = (0..<classCount).filter { labelled($0) + predicted($0) > 0 }
        return occurring.isEmpty ? 0 : occurring.reduce(0) { $0 + f1(of: $1) } / Double(occurring.count)
    }

    /// The Matthews correlation coefficient for any number of classes (Gorodkin 2004), or 0 if it isn't defined.
    var matthewsCorrelation: Double {
        let total = Double(total)
        var (product, labelSquares, predictionSquares) = (0.0, 0.0, 0.0)
        for index in 0..<classCount {
            let (labelled, predicted) = (Double(labelled(index)), Double(predicted(index)))
            product += labelled * predicted
            labelSquares += labelled * labelled
            predictionSquares += predicted * predicted
        }
        let divisor = ((total * total - labelSquares) * (total * total - predictionSquares)).squareRoot()
        return divisor == 0 ? 0 : (Double(right) * total - product) / divisor
    }
}

/// Metrics of GLUE and of other tasks.
public enum Metrics {
    /// Returns the share of correct predictions.
    public static func accuracy(_ predictions: [Int], _ labels: [Int]) -> Double {
        ConfusionMatrix(predictions, labels).accuracy
    }

    /// Returns the harmonic mean of precision and recall of a class.
    public static func f1(_ predictions: [Int], _ labels: [Int], of positive: Int = 1) -> Double {
        ConfusionMatrix(predictions, labels).f1(of: positive)
    }

    /// Returns the mean F1 of the classes that occur.
    public static func macroF1(_ predictions: [Int], _ labels: [Int]) -> Double {
        ConfusionMatrix(predictions, labels).macroF1
    }

    /// Returns the Matthews correlation coefficient.
    public static func matthewsCorrelation(_ predictions: [Int], _ labels: [Int]) -> Double {
        ConfusionMatrix(predictions, labels).matthewsCorrelation
    }

    /// Returns the F1 of all decisions in a multi-label classification, and the share of examples whose labels are all
    /// correct. Predictions and labels specify for each example whether it has each label.
    public static func multiLabel(_ predictions: [[Bool]], _ labels: [[Bool]]) -> (microF1: Double, accuracy: Double) {
        var (both, sum) = (0, 0)
        for (prediction, label) in zip(predictions, labels) {
            for (predicted, labelled) in zip(prediction, label) {
                both += predicted && labelled ? 1 : 0
                sum += (predicted ? 1 : 0) + (labelled ? 1 : 0)
            }
        }
        let right = zip(predictions, labels).count { $0 == $1 }
        return (
            sum == 0 ? 0 : 2 * Double(both) / Double(sum),
            predictions.isEmpty ? 0 : Double(right) / Double(predictions.count)
        )
    }
}
