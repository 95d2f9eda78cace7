import BertLocks

/// The metrics of the server in Prometheus text format (exposition format 0.0.4).
///
/// Names that start with `te_` are those of text-embeddings-inference, so that its dashboards work. Label values are
/// from a bounded set: names of served models, routes, and statuses. They never contain text from requests.
final class Metrics: Sendable {
    private struct State {
        var counters: [Series: Double] = [:]
        var histograms: [Series: Histogram] = [:]
        /// The type and description of each name, in the order of first use.
        var help: [String: (type: String, text: String)] = [:]
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

    /// Records a computed batch.
    func computed(rows: Int, tokens: Int, in time: Duration) {
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
        labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
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
        "te_request_input_length": "Tokens per text.",
        "te_batch_next_size": "Rows per batch.",
        "te_batch_next_tokens": "Tokens per batch.",
        "te_queue_size": "Queued rows.",
        "bert_requests_total": "Requests by model, task, route and status.",
        "bert_queue_tokens": "Queued tokens.",
        "bert_inflight_requests": "Requests in progress.",
        "bert_exit_layer_total": "Rows by exit layer.",
        "bert_layers_computed_total": "Layers computed, summed over rows.",
        "bert_layers_total": "Layers of the full model, summed over rows.",
        "bert_tokens_total": "Tokens computed.",
        "bert_cancelled_total": "Requests cancelled by the client.",
        "bert_expired_total": "Requests that timed out in the queue.",
        "bert_model_state": "1 for the current state of a model.",
        "bert_model_loads_total": "Number of times that a model was loaded.",
        "bert_engine_busy_seconds_total": "Computation time in seconds.",
        "bert_build_info": "Version and backend.",
    ]
}
