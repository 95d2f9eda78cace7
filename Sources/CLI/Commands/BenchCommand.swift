import ArgumentParser
import Bert
import BertHostKernels
import BertJSON

/// `bert bench`: measures the speed of a model on this machine.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the performance of a model on this machine.",
        discussion: """
            For each sequence length, batch size and number of callers, prints percentiles of the latency of a forward pass, \
            and the throughput. Backends are measured alternately. Then prints the share of each operation in a pass over \
            the largest batch, summed over threads, with the GFLOP/s of products and their share of the processor's peak. \
            The head and the tokenizer are not measured. --peak only prints the peak, for each precision.

            EXAMPLE:
              bert bench --model Sources/CDemoModel/tiny-sst2-deebert \\
                --lengths 16 --batches 1,8 --callers 1,2 --seconds 2
            """)

    @Option(
        help: ArgumentHelp(
            "Model folder in Hugging Face layout, or id of a model on the hub.",
            valueName: "folder|id"),
        completion: .directory)
    var model: String?

    @OptionGroup var hub: HubModelOptions

    @Flag(help: "Only print the peak performance of the processor in each precision.")
    var peak = false

    @Option(help: "Backend to measure (default: all available backends).")
    var backend: String?

    @Option(
        help: ArgumentHelp(
            "Precision of linear layers: float32, bfloat16 or int8.", valueName: "precision"),
        transform: { try Precision(parsing: $0, from: "--precision") })
    var precision = Precision.float32

    @OptionGroup var plugins: PluginOptions

    @Option(
        help: ArgumentHelp(
            "Tokens per sequence (default: 16, 128 and 512, up to the model's maximum).", valueName: "n,n,…"),
        transform: Self.sizes)
    var lengths: [Int]?

    @Option(help: ArgumentHelp("Sequences per batch.", valueName: "n,n,…"), transform: Self.sizes)
    var batches = [1, 8]

    @Option(
        help: ArgumentHelp(
            "Number of concurrent callers, each with its own batch, as in a server.", valueName: "n,n,…"),
        transform: Self.sizes)
    var callers = [1]

    @Option(help: "Approximate duration of the measurement in seconds, without loading.")
    var seconds = 10.0

    @Flag(help: "Print a JSON object instead of tables.")
    var json = false

    func validate() throws {
        guard peak != (model != nil) else {
            throw ValidationError(peak ? "--peak doesn't measure a model; omit --model" : "--model is missing")
        }
        guard seconds > 0, seconds <= 86_400 else {
            throw ValidationError("--seconds must be above 0 and at most 86400, not \(seconds)")
        }
        if let most = callers.max(), most > Self.mostCallers {
            throw ValidationError("--callers must be at most \(Self.mostCallers), not \(most)")
        }
    }

    func run() throws {
        guard let model else { return try printPeaks() }
        try plugins.load()
        let folder = try hub.folder(of: model)
        var benchmark = try ModelBenchmark(ModelFiles(folder: folder).transformerFiles(), on: backends())
        let defaults = Set([16, 128, 512].map { min($0, benchmark.config.maximumTokens) }).sorted()
        let shapes = (lengths ?? defaults).flatMap { length in
            batches.flatMap { batch in
                callers.map { BenchmarkShape(batch: batch, length: length, callers: $0) }
            }
        }
        try benchmark.run(shapes, for: .seconds(seconds))
        try Output.write(
            json
                ? benchmark.json(model: model).serialized(pretty: true) + "\n"
                : benchmark.lines.joined(separator: "\n") + "\n")
    }

    private static let mostCallers = 1_024

    /// Prints the peak performance of one thread and of all threads, in each precision.
    private func printPeaks() throws {
        let counts = Set([1, try BertEnvironment.process.threadCount()]).sorted()
        let peaks = try Precision.allCases.flatMap { precision in
            try counts.map { try ComputePeak.measured(in: precision, on: WorkerPool(threads: $0)) }
        }
        if json {
            let rows = peaks.map { peak -> JSONValue in
                [
                    "precision": .string(peak.precision.rawValue), "threads": .int(peak.threads),
                    "gflop_per_s": .double(peak.operationsPerSecond / 1e9),
                ]
            }
            return try Output.write((["peaks": .array(rows)] as JSONValue).serialized(pretty: true) + "\n")
        }
        var table = Table(["precision"] + ["threads", "GFLOP/s"].map { Table.Cell($0, right: true) })
        for peak in peaks {
            table.add(
                Table.Cell(peak.precision.rawValue), Table.Cell("\(peak.threads)", right: true),
                Table.Cell((peak.operationsPerSecond / 1e9).threeDigits, right: true))
        }
        try Output.write(table.lines.joined(separator: "\n") + "\n")
    }

    /// Returns the backends in the requested precision. Writes a notice about backends that don't support it, unless a
    /// backend is named.
    ///
    /// - Throws: `BackendUnavailableError` if no backend is left.
    private func backends() throws -> [any ComputeBackend] {
        let backends = try EachBackend.of(backend, for: "bert bench").compactMap { found in
            let selection = BackendSelection.named(found.info.name).computing(in: precision)
            do {
                return try BackendRegistry.shared.backend(selection, from: BackendOptions.source, for: "bert bench")
            } catch is BackendUnavailableError where backend == nil {
                tell("notice: \(found.info.name) is skipped: it doesn't support \(precision.rawValue)")
                return nil
            }
        }
        guard backends.isEmpty else { return backends }
        // The error states the reason for each backend.
        return [try BackendRegistry.shared.backend(.auto.computing(in: precision), for: "bert bench")]
    }

    /// Parses positive integers separated by commas.
    @Sendable private static func sizes(_ text: String) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let size = Int(part), (1...1 << 20).contains(size) else {
                throw ValidationError("it must be a comma-separated list of integers from 1 to \(1 << 20)")
            }
            return size
        }
    }
}
