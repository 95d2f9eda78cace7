#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The number of layers that sequences ran through before they exited by patience: the counters of PABEE's research
/// code.
public struct PatienceStatistics: Sendable, CustomStringConvertible {
    /// The patience of the counted runs.
    public let patience: Int
    /// The number of layers of the model.
    public let layerCount: Int
    /// The total number of layers run, over all sequences (`inference_layers_num`).
    public private(set) var inferenceLayers = 0
    /// The number of sequences (`inference_instances_num`).
    public private(set) var inferenceInstances = 0

    /// Creates empty statistics (`reset_stats`).
    public init(patience: Int, layerCount: Int) {
        self.patience = patience
        self.layerCount = layerCount
    }

    /// Adds the results of a run. Like in the research code, runs with a patience of 0, which never exit early, aren't
    /// counted.
    public mutating func add(_ output: EarlyExitClassifierOutput) {
        guard patience > 0 else { return }
        inferenceLayers += output.exitLayer.reduce(0, +)
        inferenceInstances += output.exitLayer.count
    }

    /// The average number of layers per sequence; 0 without sequences.
    public var averageLayers: Double {
        inferenceInstances == 0 ? 0 : Double(inferenceLayers) / Double(inferenceInstances)
    }

    /// The share of layers that were saved; 0 without sequences. The research code calls it the speed-up.
    public var speedUp: Double { inferenceInstances == 0 ? 0 : 1 - averageLayers / Double(layerCount) }

    /// The log line of the research code (`log_stats`).
    public var description: String {
        """
        *** Patience = \(patience) Avg. Inference Layers = \(twoDecimals(averageLayers)) \
        Speed Up = \(twoDecimals(speedUp)) ***
        """
    }

    private func twoDecimals(_ value: Double) -> String {
        unsafe withVaList([value]) { arguments in
            var buffer = [CChar](repeating: 0, count: 64)
            let length = unsafe vsnprintf(&buffer, buffer.count, "%.2f", arguments)
            return String(decoding: buffer.prefix(Int(max(length, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
