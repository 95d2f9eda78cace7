import BertLocks

/// The metrics of the server in Prometheus text format (exposition format 0.0.4).
///
/// Names that start with `te_` are those of text-embeddings-inference, so that its dashboards work. Label values are
/// from a bounded set: names of served models, routes, and statuses. They never contain text from requests.
final class Metrics: Sendable {
    private struct State {
        var counters: [Series: Double] = [:]
        var histograms: [Series: Histogram] = [:]
        /// The metrics of each kind of response.
        var responses: [ResponseKind: ResponseSeries] = [:]
    }

    /// The labels of a response, from a bounded set.
    private struct ResponseKind: Hashable {
        let model: String?
        let task: String?
        let route: String?
        let status: Int
        let failure: String?
        let isBatch: Bool
    }

    /// The metrics that a response changes.
    private struct ResponseSeries {
        var counters: [Series]
        var durations: [Series] = []
    }

    /// A metric with its labels in text format, such as `model="a"`.
    struct Series: Hashable, Comparable {
        let name: String
        let labels: String

        static func < (a: Series, b: Series) -> Bool { (a.name, a.labels) < (b.name, b.labels) }
    }

    private let state = ForkSafeMutex(State())

    init() {}

    /// Adds an amount to a counter.
    func count(_ name: String, _ labels: KeyValuePairs<String, String> = [:], by amount: Double = 1) {
        let series = Series(name: name, labels: Self.written(labels))
        state.withLock { $0.counters[series, default: 0] += amount }
    }

    /// Adds an observation to a histogram.
    func observe(
        _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:],
        bounds: @autoclosure () -> [Double] = Bounds.seconds
    ) {
        let series = Series(name: name, labels: Self.written(labels))
        state.withLock { $0.histograms[series, default: Histogram(bounds: bounds())].add(value) }
    }

    /// Adds several observations to a histogram.
    func observe(_ name: String, _ values: some Sequence<Double>, bounds: @autoclosure () -> [Double]) {
        let series = Series(name: name, labels: "")
        state.withLock { state in
            for value in values { state.histograms[series, default: Histogram(bounds: bounds())].add(value) }
        }
    }

    /// Records a response.
    ///
    /// - Parameter seconds: The latency of a request that a model has computed.
    func responded(_ response: WireResponse, after seconds: Double) {
        let context = response.context
        let kind = ResponseKind(
            model: context.model, task: context.task, route: context.route, status: response.status,
            failure: context.failure, isBatch: context.isBatch)
        state.withLock { state in
            let series = state.responses[kind] ?? Self.series(of: kind)
            state.responses[kind] = series
            for counter in series.counters { state.counters[counter, default: 0] += 1 }
            for duration in series.durations {
                state.histograms[duration, default: Histogram(bounds: Bounds.seconds)].add(seconds)
            }
        }
    }

    private static func series(of kind: ResponseKind) -> ResponseSeries {
        var series = ResponseSeries(counters: [
            Series(
                name: "bert_requests_total",
                labels: written([
                    "model": kind.model ?? "", "task": kind.task ?? "", "route": kind.route ?? "",
                    "status": "\(kind.status)",
                ]))
        ])
        if let failure = kind.failure, failure != "dropped" {
            let name = failureName(failure)
            series.counters.append(Series(name: "te_request_failure", labels: written(["err": name])))
        }
        guard kind.model != nil else { return series }
        var families = ["te_request"]
        switch kind.task {
        case "feature-extraction", "sentence-similarity", ServedTask.sparseEmbedding.rawValue:
            families.append("te_embed")
        case "text-classification": families.append("te_predict")
        default: break
        }
        for family in families {
            let labels = family == "te_request" ? written(["method": kind.isBatch ? "batch" : "single"]) : ""
            series.counters += ["count", "success"].map { Series(name: "\(family)_\($0)", labels: labels) }
            series.durations.append(Series(name: family + "_duration", labels: ""))
        }
        return series
    }

    /// Returns the name of an error in text-embeddings-inference.
    private static func failureName(_ code: String) -> String {
        switch code {
        case "overloaded": "overloaded"
        case "tokenizer_error": "tokenization"
        case "too_many_inputs": "batch_size"
        case "unsupported_task": "model_type"
        case "internal", "backend_unavailable", "loading_failed", "deadline_exceeded": "inference"
        default: "validation"
        }
    }

    /// Records a computed batch.
    ///
    /// - Parameter isStopped: Whether the batch was stopped because all callers had left.
    func computed(rows: Int, tokens: Int, in time: Duration, isStopped: Bool) {
        if isStopped { count("bert_batches_stopped_total") }
        observe("te_batch_next_size", Double(rows), bounds: Bounds.powers(12))
        observe("te_batch_next_tokens", Double(tokens), bounds: Bounds.powers(20))
        observe("bert_batch_rows", Double(rows), bounds: Bounds.powers(12))
        observe("bert_batch_tokens", Double(tokens), bounds: Bounds.powers(20))
        count("bert_engine_busy_seconds_total", by: time.seconds)
    }

    /// Records a request that left the queue without a response.
    func gaveUp(_ model: String, expired: Bool) {
        count(expired ? "bert_expired_total" : "bert_cancelled_total", ["model": model])
        if !expired { count("te_request_failure", ["err": "dropped"]) }
    }

    /// A gauge, for ``text(gauges:)``.
    struct Gauge: Sendable {
        let name: String
        let labels: KeyValuePairs<String, String>
        let value: Double
        var isCounter = false

        init(
            _ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Double, isCounter: Bool = false
        ) {
            self.name = name
            self.labels = labels
            self.value = value
            self.isCounter = isCounter
        }
    }

    /// Returns all metrics and the given gauges as text.
    func text(gauges: [Gauge]) -> String {
        let (counters, histograms) = state.withLock { ($0.counters, $0.histograms) }
        var families: [String: (type: String, lines: [String])] = [:]
        for (series, value) in counters.sorted(by: { $0.key < $1.key }) {
            families[series.name, default: ("counter", [])].lines.append(
                "\(series.name)\(Self.braced(series.labels)) \(Self.number(value))")
        }
        for gauge in gauges {
            let labels = Self.written(gauge.labels)
            families[gauge.name, default: (gauge.isCounter ? "counter" : "gauge", [])].lines.append(
                "\(gauge.name)\(Self.braced(labels)) \(Self.number(gauge.value))")
        }
        for (series, histogram) in histograms.sorted(by: { $0.key < $1.key }) {
            families[series.name, default: ("histogram", [])].lines += histogram.lines(series)
            if series.name == "te_request_tokenization_duration" {
                let own = Series(name: "bert_tokenize_seconds", labels: series.labels)
                families[own.name] = ("histogram", histogram.lines(own))
            }
        }
        return families.sorted { $0.key < $1.key }.map { name, family in
            let help = Self.help[name].map { "# HELP \(name) \($0)\n" } ?? ""
            return help + "# TYPE \(name) \(family.type)\n" + family.lines.map { $0 + "\n" }.joined()
        }.joined()
    }

    /// A histogram with upper bounds.
    struct Histogram {
        let bounds: [Double]
        private var counts: [Int]
        private var sum = 0.0

        init(bounds: [Double]) {
            self.bounds = bounds
            counts = Array(repeating: 0, count: bounds.count + 1)
        }

        mutating func add(_ value: Double) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }

        func lines(_ series: Series) -> [String] {
            let prefix = series.labels.isEmpty ? "" : series.labels + ","
            var total = 0
            var lines: [String] = []
            for (bound, count) in zip(bounds, counts) {
                total += count
                lines.append("\(series.name)_bucket{\(prefix)le=\"\(Metrics.number(bound))\"} \(total)")
            }
            total += counts[bounds.count]
            lines.append("\(series.name)_bucket{\(prefix)le=\"+Inf\"} \(total)")
            lines.append("\(series.name)_sum\(Metrics.braced(series.labels)) \(Metrics.number(sum))")
            lines.append("\(series.name)_count\(Metrics.braced(series.labels)) \(total)")
            return lines
        }
    }

    /// The upper bounds of histograms.
    enum Bounds {
        /// 1e-5 · 1.5^k seconds, k = 1…35.
        static let seconds: [Double] = {
            var bounds: [Double] = []
            var bound = 1e-5
            for _ in 0..<35 {
                bound *= 1.5
                bounds.append(bound)
            }
            return bounds
        }()

        /// Returns 2^0…2^last.
        static func powers(_ last: Int) -> [Double] { (0...last).map { Double(1 << $0) } }
    }

    private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func written(_ labels: KeyValuePairs<String, String>) -> String {
        labels.isEmpty ? "" : labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    /// Returns a label value with `\`, `"` and newlines escaped.
    static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { [0x5c, 0x22, 0x0a].contains($0) }) else { return value }
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let help = [
        "te_request_count": "Requests by number of texts.",
        "te_request_success": "Successful requests.",
        "te_request_failure": "Failed requests by reason.",
        "te_request_duration": "Latency of requests in seconds.",
        "te_request_tokenization_duration": "Tokenization time in seconds.",
        "te_request_queue_duration": "Queueing time in seconds.",
        "te_request_inference_duration": "Computation time in seconds.",
        "te_embed_count": "Requests for embeddings.",
        "te_embed_success": "Successful requests for embeddings.",
        "te_embed_duration": "Latency of requests for embeddings in seconds.",
        "te_predict_count": "Requests for labels.",
        "te_predict_success": "Successful requests for labels.",
        "te_predict_duration": "Latency of requests for labels in seconds.",
        "te_request_input_length": "Tokens per text.",
        "te_batch_next_size": "Rows per batch.",
        "te_batch_next_tokens": "Tokens per batch.",
        "te_queue_size": "Queued rows.",
        "bert_batch_rows": "Rows per batch.",
        "bert_batch_tokens": "Tokens per batch.",
        "bert_tokenize_seconds": "Tokenization time in seconds.",
        "bert_model_memory_bytes": "Memory of a loaded model.",
        "bert_model_unloads_total": "Number of times that a model was unloaded.",
        "process_cpu_seconds_total": "User and system time in seconds.",
        "process_open_fds": "Number of open file descriptors.",
        "process_resident_memory_bytes": "Resident memory in bytes.",
        "process_start_time_seconds": "Start time since 1970 in seconds.",
        "bert_requests_total": "Requests by model, task, route and status.",
        "bert_queue_tokens": "Queued tokens.",
        "bert_inflight_requests": "Requests in progress.",
        "bert_exit_layer_total": "Rows by exit layer.",
        "bert_layers_computed_total": "Layers computed, summed over rows.",
        "bert_layers_total": "Layers of the full model, summed over rows.",
        "bert_tokens_total": "Tokens computed.",
        "bert_cancelled_total": "Requests cancelled by the client.",
        "bert_expired_total": "Requests that timed out in the queue.",
        "bert_batches_stopped_total": "Batches that were stopped because all callers had left.",
        "bert_model_state": "1 for the current state of a model.",
        "bert_model_loads_total": "Number of times that a model was loaded.",
        "bert_engine_busy_seconds_total": "Computation time in seconds.",
        "bert_build_info": "Version and backend.",
    ]
}
