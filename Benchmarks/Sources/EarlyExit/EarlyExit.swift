import Bert
import Foundation

/// Measures the demo model on the SST-2 development set, with all layers and with several entropy thresholds, in batches of 32
/// and for single sentences.
///
///     swift run -c release --package-path Benchmarks EarlyExit [BACKEND] [--json]
@main
struct EarlyExit {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let selection = arguments.first { !$0.hasPrefix("--") }.map { BackendSelection.named($0) }
        let set = try SentimentSet()
        let model = try DeeBertForSequenceClassification.fromPretrained(set.folder, backend: selection)
        let policies: [(threshold: Double, policy: ExitPolicy)] =
            [(0, .never)] + [0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6].map { ($0, .entropy(Float($0))) }
        let sizes = [32, 1]
        var times = [[[Double]]](repeating: Array(repeating: [], count: sizes.count), count: policies.count)
        var points = [Point](repeating: Point(), count: policies.count)
        for round in 0...rounds {
            for (index, entry) in policies.enumerated() {
                for (place, batches) in sizes.map(set.batches).enumerated() {
                    let start = ContinuousClock.now
                    let outputs = try batches.map {
                        try model.classify($0, policy: entry.policy, offRamps: false)
                    }
                    if round > 0 { times[index][place].append((ContinuousClock.now - start) / .milliseconds(1)) }
                    points[index] = try Point(
                        threshold: entry.threshold, meanLayer: set.mean(outputs.flatMap(\.exitLayer)),
                        accuracy: set.accuracy(outputs.flatMap { try model.backend.floats($0.logits) }))
                }
            }
        }
        for index in points.indices {
            (points[index].batchedMilliseconds, points[index].singleMilliseconds) =
                (times[index][0].median, times[index][1].median)
        }
        if arguments.contains("--json") {
            let report = Report(
                backend: model.backend.info.nameAndVersion, sentences: set.labels.count,
                layers: model.config.numHiddenLayers, points: points)
            print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
        } else {
            printTable(points, of: model, sentences: set.labels.count)
        }
    }

    private static let rounds = 9

    private static func printTable(_ points: [Point], of model: DeeBertForSequenceClassification, sentences: Int) {
        print("\(model.backend.info.nameAndVersion), \(sentences) sentences, medians of \(rounds)")
        print("threshold  mean layer  accuracy  ms in batches of 32  ms one by one")
        for point in points {
            print(
                String(
                    format: "%9.2f %11.2f %8.2f%% %20.1f %14.1f", point.threshold, point.meanLayer,
                    point.accuracy * 100,
                    point.batchedMilliseconds, point.singleMilliseconds))
        }
    }
}

/// The JSON output.
private struct Report: Encodable {
    let backend: String
    let sentences: Int
    let layers: Int
    let points: [Point]
}

/// The results for a threshold; 0 runs all layers.
private struct Point: Encodable {
    var threshold = 0.0
    var meanLayer = 0.0
    var accuracy = 0.0
    var batchedMilliseconds = 0.0
    var singleMilliseconds = 0.0
}

extension [Double] {
    fileprivate var median: Double { sorted()[count / 2] }
}
