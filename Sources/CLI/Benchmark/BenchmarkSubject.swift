import Bert
import BertHostKernels

/// A model on a backend, and its measurements.
struct BenchmarkSubject {
    let backend: any ComputeBackend
    private let model: any EncoderModel
    /// The time that loading took.
    let loading: Duration
    /// The times of passes for each shape. The times are nil if the shape was skipped.
    private(set) var results: [(shape: BenchmarkShape, times: PassTimes?)] = []
    /// The operations of a pass over the largest measured batch.
    private(set) var operations: [OperationShare] = []
    /// The peak performance of the processor in the backend's precision, or nil before passes are traced.
    private(set) var peak: ComputePeak?

    /// Loads the encoder of a checkpoint.
    ///
    /// - Throws: `BertError` with the file, the key and the fix.
    init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        let clock = ContinuousClock()
        let start = clock.now
        model = try Self.encoder(files, on: backend)
        loading = clock.now - start
        self.backend = backend
    }

    private static func encoder(_ files: ModelFiles, on backend: any ComputeBackend) throws -> any EncoderModel {
        let entry = try ModelCatalogue.shared.entry(for: .encoder, of: BertConfig(files).family)
        let model = try entry.modelType.fromPretrained(files, on: backend, options: .strict)
        guard let encoder = model as? any EncoderModel else {
            throw BertError(.unsupported, "\(entry.name) has no hidden states to measure")
        }
        return encoder
    }

    private var measured: [(shape: BenchmarkShape, times: PassTimes)] {
        results.compactMap { result in result.times.map { (result.shape, $0) } }
    }

    /// The largest measured batch with the fewest callers.
    var largest: (shape: BenchmarkShape, times: PassTimes)? {
        measured.max { ($0.shape.tokens, -$0.shape.callers) < ($1.shape.tokens, -$1.shape.callers) }
    }

    /// The share of the peak performance that whole passes over the largest batch reach, counting only matrix products.
    var peakShare: Double? {
        guard let peak, let largest else { return nil }
        let products = operations.reduce(0) { $0 + $1.productOperations }
        return products / largest.times.percentile(0.5) / peak.operationsPerSecond
    }

    /// Returns an estimate of the time of a pass, based on the measured shape with the most tokens, or nil before the
    /// first measurement.
    func estimate(_ shape: BenchmarkShape) -> Duration? {
        measured.max { $0.shape.tokensOfAll < $1.shape.tokensOfAll }.map {
            .seconds($0.times.percentile(0.5) * Double(shape.tokensOfAll) / Double($0.shape.tokensOfAll))
        }
    }

    /// Measures the times of concurrent passes, one for each thread of a pool, until each thread has run for the given
    /// time.
    func passes(over input: ModelInput, of callers: WorkerPool, for time: Duration) throws -> [Duration] {
        let clock = ContinuousClock()
        let end = clock.now + time
        return try callers.map(callers.threads) { _ in
            var times: [Duration] = []
            repeat {
                times.append(try clock.measure { _ = try model.encode(input, options: ForwardOptions()) })
            } while clock.now < end
            return times
        }.flatMap(\.self)
    }

    /// Adds the times of a shape. The times are empty if the shape is skipped.
    mutating func add(_ times: [Duration], of shape: BenchmarkShape) {
        results.append((shape, times.isEmpty ? nil : PassTimes(times, of: shape)))
    }

    /// Traces passes over the largest measured batch for about `time`, and compares them with the processor's peak
    /// performance.
    mutating func trace(_ files: ModelFiles, for time: Duration, on workers: WorkerPool) throws {
        guard let (shape, times) = largest else { return }
        let trace = Trace()
        let model = try Self.encoder(files, on: trace.wrap(backend))
        let input = shape.input(try model.config)
        func pass() throws { _ = try model.encode(input, options: ForwardOptions()) }
        try pass()
        let before = trace.rows
        let count = min(100, max(1, Int(time / .seconds(times.percentile(0.5)))))
        let traced = try ContinuousClock().measure { for _ in 0..<count { try pass() } }
        let peak = try ComputePeak.measured(in: backend.info.precision, on: workers)
        operations = OperationShare.of(
            trace.rows, since: before, passes: count, in: traced, peak: peak.operationsPerSecond)
        self.peak = peak
    }
}
