import Bert
import Foundation

/// Measures the forward pass of an encoder on all available backends alternately, and the overhead of dispatching operations.
///
///     swift run -c release --package-path Benchmarks Encoder FOLDER
@main
struct Encoder {
    static func main() throws {
        guard let folder = CommandLine.arguments.dropFirst().first else {
            FileHandle.standardError.write(Data("usage: Encoder FOLDER\n".utf8))
            exit(64)
        }
        let registry = BackendRegistry.shared
        let names = registry.names.filter { registry.status(of: $0).backend != nil }
        let models = try names.map { try BertModel.fromPretrained(folder, backend: .named($0)) }
        print(
            "work        " + names.map { $0.padding(toLength: 12, withPad: " ", startingAt: 0) }.joined()
                + "(median ms)")
        for (batch, length) in [(1, 16), (1, 128), (8, 128), (32, 128), (1, 512)] {
            let ids = [[Int32]](repeating: (0..<length).map { Int32(1_000 + $0) }, count: batch)
            let input = ModelInput(ids: ids)
            var times = [[Double]](repeating: [], count: names.count)
            let rounds = batch * length <= 128 ? 40 : 8
            for round in 0..<rounds {
                for (index, model) in models.enumerated() {
                    let start = ContinuousClock.now
                    _ = try model.encode(input)
                    if round > 1 { times[index].append((ContinuousClock.now - start) / .milliseconds(1)) }
                }
            }
            let row = times.map { String(format: "%-12.2f", $0.sorted()[$0.count / 2]) }.joined()
            print("\(batch)×\(length)".padding(toLength: 12, withPad: " ", startingAt: 0) + row)
        }
    }
}
