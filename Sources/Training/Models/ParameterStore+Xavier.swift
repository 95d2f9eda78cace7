import BertCore
import BertModels

extension ParameterStore {
    /// Returns the parameters with the matrices of linear layers drawn from U(−a, a), where a = √(6 / (in + out)) (Glorot
    /// and Bengio 2010), and a = 1 / √in for classifiers, as in `torch.nn.Linear`. The values are the same for any number
    /// of threads.
    ///
    /// The outputs of residual branches are divided by the square root of the number of branches (Radford et al., "Language
    /// Models are Unsupervised Multitask Learners", 2019). Layers with normalizations after the
    /// sums have large and uneven gradients otherwise, and learn slowly.
    ///
    /// - Parameters:
    ///   - specs: The parameters of the model's class.
    ///   - residualOutputs: The names of the outputs of residual branches, once for each branch.
    func withXavierMatrices(of specs: [ParameterSpec], residualOutputs: [String], seed: UInt64) -> ParameterStore {
        let branches = Set(residualOutputs.map { "\($0).weight" })
        let philox = Philox(seed: seed, .weights)
        let workers = WorkerPool(threads: (try? BertEnvironment.process.threadCount()) ?? 1)
        var values: [String: HostBuffer] = [:]
        for (index, spec) in specs.enumerated() where spec.isMatrixOfLayer && self[spec.name] != nil {
            let (outputs, inputs) = (Double(spec.shape[0]), Double(spec.shape[1]))
            // A matrix with few outputs is that of a classifier.
            let isClassifier = 8 * outputs <= inputs
            var bound = isClassifier ? 1 / inputs.squareRoot() : (6 / (inputs + outputs)).squareRoot()
            if branches.contains(spec.name) { bound /= Double(residualOutputs.count).squareRoot() }
            let count = spec.shape.elementCount
            values[spec.name] = HostBuffer(count: count * MemoryLayout<Float>.size) { memory in
                guard let start = memory.bindMemory(to: Float.self).baseAddress else { return }
                nonisolated(unsafe) let elements = start
                // A block has four numbers.
                workers.forEachRange((count + 3) / 4, grain: 1 << 14) { blocks in
                    for block in blocks {
                        let bits = philox.block(UInt32(truncatingIfNeeded: block), UInt32(index))
                        for lane in 0..<min(4, count - 4 * block) {
                            elements[4 * block + lane] = Float((Double(bits[lane]) * 0x1p-31 - 1) * bound)
                        }
                    }
                }
            }
        }
        return replacing(values)
    }
}

extension ParameterSpec {
    /// Whether the parameter is the matrix of a linear layer, with values of its own.
    fileprivate var isMatrixOfLayer: Bool {
        shape.count == 2 && tiedTo == nil && !name.contains("embeddings") && !name.contains("relative_attention_bias")
    }
}

extension BertPreTrainedModel {
    /// Returns the names of the linear layers whose results are added to hidden states, once for each addition.
    static func residualOutputs(_ config: BertConfig) throws -> [String] {
        let names = family.residualOutputs(config)
        let prefix = family.prefix(config) + "."
        let hasPrefix = try parameterSpecs(config).contains { $0.name == "\(prefix)\(names.first ?? "").weight" }
        return hasPrefix ? names.map { prefix + $0 } : names
    }
}
