import Bert
import Foundation

/// Measures concurrent callers that repeatedly embed one text with one embedder, as in a server. Prints JSON.
///
///     swift run -c release --package-path Benchmarks Callers FOLDER SECONDS
///
/// SECONDS is the duration for each number of callers and text length, in short alternating turns.
@main
struct Callers {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let seconds = Double(arguments[2]) else {
            FileHandle.standardError.write(Data("usage: Callers FOLDER SECONDS\n".utf8))
            exit(64)
        }
        let embedder = try SentenceEmbedder(folder: arguments[1])
        var points = [16, 128].flatMap { length in
            [1, 2, 4, 8].map { Point(callers: $0, tokens: length) }
        }
        for _ in 0..<turns {
            for index in points.indices {
                try await points[index].measure(embedder, for: .seconds(seconds / Double(turns)))
            }
        }
        let report = Report(backend: embedder.backend.nameAndVersion, points: points)
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    private static let turns = 4
}

private struct Report: Encodable {
    let backend: String
    let points: [Point]
}

/// A number of callers and of tokens per text, including special tokens.
private struct Point: Encodable {
    let callers: Int
    let tokens: Int
    private var milliseconds: [Double] = []
    private var seconds = 0.0

    init(callers: Int, tokens: Int) { (self.callers, self.tokens) = (callers, tokens) }

    var textsPerSecond: Double { Double(milliseconds.count) / seconds }

    func percentile(_ percent: Int) -> Double {
        let sorted = milliseconds.sorted()
        return sorted[min(sorted.count * percent / 100, sorted.count - 1)]
    }

    /// Runs a turn. Each caller sends the next request without a pause.
    mutating func measure(_ embedder: SentenceEmbedder, for duration: Duration) async throws {
        let text = [String](repeating: "food", count: tokens - 2).joined(separator: " ")
        let clock = ContinuousClock()
        let start = clock.now
        milliseconds += try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var times: [Double] = []
                    repeat {
                        let time = try await clock.measure { _ = try await embedder.embed([text]) }
                        times.append(time / .milliseconds(1))
                    } while clock.now < start + duration
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        seconds += (clock.now - start) / .seconds(1)
    }

    private enum Key: String, CodingKey { case callers, tokens, textsPerSecond, p50, p99 }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(callers, forKey: .callers)
        try container.encode(tokens, forKey: .tokens)
        try container.encode(textsPerSecond, forKey: .textsPerSecond)
        try container.encode(percentile(50), forKey: .p50)
        try container.encode(percentile(99), forKey: .p99)
    }
}
