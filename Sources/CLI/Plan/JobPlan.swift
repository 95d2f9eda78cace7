import BertJSON

/// An estimate of the resources for a job over a large number of texts.
struct JobPlan {
    /// Tokens per second of a virtual processor, for all-MiniLM-L6-v2 in float32 with AVX2, in batches of 32 × 128
    /// tokens.
    static let usualRate = 3_000

    /// A storage format of vectors.
    struct Storage {
        let name: String
        /// The number of bytes per vector.
        let bytes: Double
    }

    let texts: Double
    let meanTokens: Double
    /// The measured tokens per second of a processor, if known.
    let rate: Double?
    let dimensions: Int
    /// The number of processors of a node.
    let processors: Int
    /// The time limit of the job in hours.
    let hours: Double
    /// The price of a processor per hour.
    let price: Double?

    var tokens: Double { texts * meanTokens }
    var processorHours: Double { tokens / (rate ?? Double(Self.usualRate)) / 3_600 }
    /// The number of nodes that finish the job in time.
    var nodes: Double { (processorHours / Double(processors) / hours).rounded(.up) }

    /// Returns the time that a number of nodes takes, in hours.
    func hours(nodes: Double) -> Double { processorHours / Double(processors) / nodes }

    /// The bytes per vector of each storage format. JSON takes about 12.3 bytes per component. Parquet adds 2 % to a
    /// list.
    var storage: [Storage] {
        let count = Double(dimensions)
        return [
            Storage(name: "jsonl", bytes: 12.3 * count + 16), Storage(name: "parquet list<float>", bytes: 4.1 * count),
            Storage(name: "float32 (npy, binary)", bytes: 4 * count), Storage(name: "float16", bytes: 2 * count),
            Storage(name: "int8", bytes: count), Storage(name: "binary", bytes: (count / 8).rounded(.up)),
        ]
    }

    /// The plan as a JSON object.
    var json: JSONValue {
        var object: JSONObject = [
            "texts": .double(texts), "mean_tokens": .double(meanTokens), "tokens": .double(tokens),
            "rate": .double(rate ?? Double(Self.usualRate)), "rate_is_measured": .bool(rate != nil),
            "processor_hours": .double(processorHours), "processors_per_node": .int(processors),
            "hours": .double(hours), "nodes": .double(nodes),
            "hours_by_nodes": .object(
                JSONObject([1.0, 10, 100].map { (String(Int($0)), .double(hours(nodes: $0))) })),
            "bytes_by_storage": .object(JSONObject(storage.map { ($0.name, .double($0.bytes * texts)) })),
        ]
        if let price { object["price"] = .double(price * processorHours) }
        return .object(object)
    }

    /// The plan as text, with one line for each fact.
    var text: String {
        var lines = [
            ("tokens", Self.grouped(tokens)),
            (
                "rate",
                "\(Self.grouped(rate ?? Double(Self.usualRate))) tokens/s per processor"
                    + (rate == nil ? " (all-MiniLM-L6-v2, float32, AVX2; --rate for yours)" : "")
            ),
            ("processor-hours", Self.grouped(processorHours)),
        ]
        if let price { lines.append(("price", Self.grouped(price * processorHours))) }
        lines.append(("nodes", "\(Self.grouped(nodes)) of \(processors) processors for \(Self.duration(hours))"))
        for count in [1.0, 10, 100] {
            lines.append(("on \(Self.grouped(count)) node\(count == 1 ? "" : "s")", Self.duration(hours(nodes: count))))
        }
        for way in storage {
            lines.append(
                (way.name, "\(Self.grouped(way.bytes)) bytes per vector, \(Self.size(way.bytes * texts)) in total"))
        }
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { $0 + String(repeating: " ", count: width - $0.count + 2) + $1 + "\n" }.joined()
    }

    /// Returns a number with thousands separators, or with a decimal if it is a fraction below ten.
    private static func grouped(_ number: Double) -> String {
        if number < 10, number != number.rounded() {
            let tenths = Int((number * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)"
        }
        guard number < 1e18 else { return "\(number)" }
        var digits = Array(String(Int(number.rounded())))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return String(digits)
    }

    private static func duration(_ hours: Double) -> String {
        if hours >= 48 { return "\(grouped(hours / 24)) days" }
        return hours >= 1 ? "\(grouped(hours)) h" : "\(grouped(hours * 60)) min"
    }

    private static func size(_ bytes: Double) -> String {
        for (unit, name) in [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB")] where bytes >= unit {
            let hundredths = Int((bytes / unit * 100).rounded())
            let rest = hundredths % 100
            return "\(grouped(Double(hundredths / 100))).\(rest < 10 ? "0" : "")\(rest) \(name)"
        }
        return "\(grouped(bytes)) bytes"
    }
}
