#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many layers sequences went through before their patience was met: the counters of PABEE's research code.
public struct PatienceStatistics: Sendable, CustomStringConvertible {
    /// The patience of the runs counted.
    public let patience: Int
    /// How many layers the model has.
    public let layerCount: Int
    /// The layers run, over all sequences (`inference_layers_num`).
    public private(set) var inferenceLayers = 0
    /// The sequences run (`inference_instances_num`).
    public private(set) var inferenceInstances = 0

    /// Nothing counted so far (`reset_stats`).
    public init(patience: Int, layerCount: Int) {
        self.patience = patience
        self.layerCount = layerCount
    }

    /// Counts a run. As in the research code, nothing is counted with a patience of 0, which leaves nothing early.
    public mutating func add(_ output: EarlyExitClassifierOutput) {
        guard patience > 0 else { return }
        inferenceLayers += output.exitLayer.reduce(0, +)
        inferenceInstances += output.exitLayer.count
    }

    /// Layers run for each sequence; 0 if there was none.
    public var averageLayers: Double {
        inferenceInstances == 0 ? 0 : Double(inferenceLayers) / Double(inferenceInstances)
    }

    /// The share of the layers that was saved; 0 if nothing was run. What the research code calls speed-up.
    public var speedUp: Double { inferenceInstances == 0 ? 0 : 1 - averageLayers / Double(layerCount) }

    /// The line that the research code logs (`log_stats`).
    public var description: String {
        """
        *** Patience = \(patience) Avg. Inference Layers = \(twoDecimals(averageLayers)) \
        Speed Up = \(twoDecimals(speedUp)) ***
        """
    }

    private func twoDecimals(_ value: Double) -> String {
        withVaList([value]) { arguments in
            var buffer = [CChar](repeating: 0, count: 64)
            let length = vsnprintf(&buffer, buffer.count, "%.2f", arguments)
            return String(decoding: buffer.prefix(Int(max(length, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
