import BertJSON

/// What a job over very many texts takes.
struct JobPlan {
    /// Tokens a second of one virtual processor: all-MiniLM-L6-v2 in float32 with AVX2, in batches of 32 × 128 tokens.
    static let usualRate = 3_000

    /// A way to store vectors.
    struct Storage {
        let name: String
        /// Of one vector.
        let bytes: Double
    }

    let texts: Double
    let meanTokens: Double
    /// Tokens a second of one processor, if somebody measured it.
    let rate: Double?
    let dimensions: Int
    /// Of a node.
    let processors: Int
    /// How long the job may take.
    let hours: Double
    /// Of a processor in an hour.
    let price: Double?

    var tokens: Double { texts * meanTokens }
    var processorHours: Double { tokens / (rate ?? Double(Self.usualRate)) / 3_600 }
    /// How many nodes end the job in time.
    var nodes: Double { (processorHours / Double(processors) / hours).rounded(.up) }

    /// How long it takes on some nodes, in hours.
    func hours(nodes: Double) -> Double { processorHours / Double(processors) / nodes }

    /// Bytes of a vector by how it is stored. JSON has some 12.3 bytes a component; Parquet adds 2 % to a list.
    var storage: [Storage] {
        let count = Double(dimensions)
        return [
            Storage(name: "jsonl", bytes: 12.3 * count + 16), Storage(name: "parquet list<float>", bytes: 4.1 * count),
            Storage(name: "float32 (npy, binary)", bytes: 4 * count), Storage(name: "float16", bytes: 2 * count),
            Storage(name: "int8", bytes: count), Storage(name: "binary", bytes: (count / 8).rounded(.up)),
        ]
    }

    /// One object.
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

    /// A line for each fact.
    var text: String {
        var lines = [
            ("tokens", Self.grouped(tokens)),
            (
                "rate",
                "\(Self.grouped(rate ?? Double(Self.usualRate))) tokens/s a processor"
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
                (way.name, "\(Self.grouped(way.bytes)) bytes a vector, \(Self.size(way.bytes * texts)) in all"))
        }
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { $0 + String(repeating: " ", count: width - $0.count + 2) + $1 + "\n" }.joined()
    }

    /// A whole number with commas, and one below ten with a decimal.
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
