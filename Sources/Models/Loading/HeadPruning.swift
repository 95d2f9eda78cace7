import BertCheckpoints
import BertCore

/// The parameters of a model after pruning attention heads.
struct HeadPruning {
    let config: BertConfig
    let parameters: ParameterStore

    /// Removes heads from layers: rows of queries, keys and values, and columns of the output layer.
    ///
    /// - Parameter heads: The indices of the heads by layer, as numbered before any pruning.
    init(
        _ old: (config: BertConfig, parameters: ParameterStore), _ heads: [Int: [Int]],
        specs: (BertConfig) throws -> [ParameterSpec]
    ) throws {
        guard old.config.family.canPruneHeads else {
            throw BertError(
                .unsupported,
                "\(old.config.family.title)'s heads can't be pruned, because its layers have no separate queries, keys and values"
            )
        }
        var (config, parameters) = old
        for (layer, pruned) in heads.sorted(by: { $0.key < $1.key }) {
            let all = Set(pruned).union(config.prunedHeads[layer] ?? []).sorted()
            guard all != config.prunedHeads[layer] ?? [] else { continue }
            var next = config
            next.prunedHeads[layer] = all
            try next.validate(source: "the pruned model")
            let kept = config.headNumbers(inLayer: layer).enumerated()
                .filter { !pruned.contains($0.element) }
                .flatMap { $0.offset * config.headSize..<($0.offset + 1) * config.headSize }
            parameters = try parameters.changed(specs(next)) { spec, tensor in
                guard
                    let axis = zip(tensor.shape, spec.shape).enumerated().first(where: { $0.element.0 != $0.element.1 })
                else { return tensor }
                return tensor.keeping(kept, axis: axis.offset)
            }
            config = next
        }
        self.config = config
        self.parameters = parameters
    }
}

extension BertConfig {
    /// Returns the original indices of the heads that remain in a layer.
    fileprivate func headNumbers(inLayer layer: Int) -> [Int] {
        let pruned = Set(prunedHeads[layer] ?? [])
        return (0..<numAttentionHeads).filter { !pruned.contains($0) }
    }
}
