import Bert
import BertHostKernels
import BertJSON

extension ModelBenchmark {
    /// Returns all measurements as JSON. Times are in milliseconds.
    func json(model: String) -> JSONValue {
        ["model": .string(model), "backends": .array(subjects.map(\.json))]
    }
}

extension BenchmarkSubject {
    fileprivate var json: JSONValue {
        let info = backend.info
        return [
            "name": .string(info.name), "version": info.version.map(JSONValue.string) ?? .null,
            "precision": .string(info.precision.rawValue), "threads": .int(info.threads),
            "load_ms": .double(loading / .milliseconds(1)),
            "shapes": .array(
                results.map { shape, times in
                    var object: JSONObject = ["batch": .int(shape.batch), "length": .int(shape.length)]
                    object["callers"] = .int(shape.callers)
                    object["passes"] = .int(times?.count ?? 0)
                    for (key, share) in [("p50_ms", 0.5), ("p90_ms", 0.9), ("p99_ms", 0.99)] {
                        object[key] = times.map { .double($0.percentile(share) * 1e3) } ?? .null
                    }
                    object["sequences_per_s"] = times.map { .double($0.sequencesPerSecond) } ?? .null
                    object["tokens_per_s"] = times.map { .double($0.tokensPerSecond) } ?? .null
                    return .object(object)
                }),
            "peak_gflop_per_s": peak.map { .double($0.operationsPerSecond / 1e9) } ?? .null,
            "peak_share": peakShare.map(JSONValue.double) ?? .null,
            "traced": largest.map { ["batch": .int($0.shape.batch), "length": .int($0.shape.length)] } ?? .null,
            "operations": .array(
                operations.map {
                    [
                        "operation": .string($0.operation.rawValue), "done": .string($0.capability.description),
                        "calls": .int($0.calls), "ms": .double($0.seconds * 1e3), "share": .double($0.share),
                        "gflop_per_s": $0.gigaflops.map(JSONValue.double) ?? .null,
                        "peak_share": $0.peakShare.map(JSONValue.double) ?? .null,
                    ]
                }),
        ]
    }
}
