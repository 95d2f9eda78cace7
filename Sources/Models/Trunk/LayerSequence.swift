import BertCore

/// Several layers that count as one: those of ALBERT with `inner_group_num` greater than 1.
struct LayerSequence: LayerRecipe {
    let path: String
    let layers: [any LayerRecipe]

    var usesPlaces: Bool { layers.contains(where: \.usesPlaces) }
    var residualOutputs: [String] { layers.flatMap(\.residualOutputs) }

    func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        layers.flatMap { $0.parameterSpecs(prefix, config) }
    }

    func load(_ loader: WeightLoader, _ prefix: String, _ config: BertConfig) throws -> any TrunkLayer {
        Loaded(layers: try layers.map { try $0.load(loader, prefix, config) })
    }

    private struct Loaded: TrunkLayer {
        let layers: [any TrunkLayer]

        func callAsFunction(_ input: LayerInput, on backend: any ComputeBackend) throws -> LayerOutput {
            var output = LayerOutput(hidden: input.hidden)
            for (number, layer) in layers.enumerated() {
                var step = input
                step.hidden = output.hidden
                step.dropout = input.dropout?.inner(number)
                if number < layers.count - 1 {
                    step.rows = nil
                    step.queries = input.keys
                    step.mask = input.wholeMask
                }
                let result = try OperationScope.with("\(number)", on: backend) { try layer(step, on: backend) }
                output.hidden = result.hidden
                output.probabilities += result.probabilities
                output.crossProbabilities += result.crossProbabilities
            }
            return output
        }
    }
}
