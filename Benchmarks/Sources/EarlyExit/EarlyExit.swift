import Bert
import Foundation

/// Times the small sentiment model over SST-2's development set: full depth against entropy thresholds, in turn, in
/// batches of 32 tokenised beforehand.
///
///     swift run -c release --package-path Benchmarks EarlyExit [BACKEND]
@main
struct EarlyExit {
    static func main() throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let folder = package + "/Sources/CDemoModel/tiny-sst2-deebert"
        let table = try String(contentsOfFile: package + "/Tests/Fixtures/sst2/test.tsv", encoding: .utf8)
        let texts = table.split(separator: "\n").dropFirst().map { String($0.split(separator: "\t")[0]) }

        let selection = CommandLine.arguments.dropFirst().first.map { BackendSelection.named($0) }
        let model = try DeeBertForSequenceClassification.fromPretrained(folder, backend: selection)
        let tokenizer = try Tokenizers.load(folder: folder)
        let encodings = try texts.map {
            try tokenizer.encode($0, options: EncodingOptions(maxLength: 128, truncation: .longestFirst))
        }
        let batches = stride(from: 0, to: encodings.count, by: 32).map { start in
            let part = encodings[start..<min(start + 32, encodings.count)]
            return ModelInput(ids: part.map(\.ids), tokenTypes: part.map(\.typeIDs))
        }

        /// Seconds for all batches, and the mean exit layer.
        func run(_ policy: ExitPolicy) throws -> (seconds: Double, layers: Double) {
            var layers = 0
            let start = ContinuousClock.now
            for batch in batches {
                layers += try model.classify(batch, policy: policy, offRamps: false).exitLayer.reduce(0, +)
            }
            return ((ContinuousClock.now - start) / .seconds(1), Double(layers) / Double(encodings.count))
        }

        let policies: [(name: String, policy: ExitPolicy)] =
            [("never", .never)] + [0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6].map { ("\($0)", .entropy($0)) }
        var times = [[Double]](repeating: [], count: policies.count)
        var layers = [Double](repeating: 0, count: policies.count)
        for round in 0..<16 {
            for (index, entry) in policies.enumerated() {
                let result = try run(entry.policy)
                layers[index] = result.layers
                if round > 0 { times[index].append(result.seconds) }
            }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        print("\(model.backend.info.nameAndVersion), \(encodings.count) sentences in batches of 32, medians of 15")
        print("threshold  mean layer  of full depth     ms  of full time")
        for (index, entry) in policies.enumerated() {
            print(
                String(
                    format: "%@ %11.2f %14.2f %6.1f %13.2f",
                    entry.name.padding(toLength: 9, withPad: " ", startingAt: 0),
                    layers[index], layers[index] / Double(model.config.numHiddenLayers), medians[index] * 1e3,
                    medians[index] / medians[0]))
        }
    }
}
