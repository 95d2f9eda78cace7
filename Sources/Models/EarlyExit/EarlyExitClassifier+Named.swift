import BertCore

extension EarlyExitClassifier {
    /// Runs the model with named inputs and outputs.
    ///
    /// In addition to `logits` and `loss`, the outputs are `exit_layer` (`[batch]`, starting at 1),
    /// `exit_from_off_ramp` and, for every off-ramp that a sequence reached, `off_ramp_logits.i` and
    /// `off_ramp_entropy.i`, which are NaN for sequences that exited earlier.
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] {
        let (config, backend) = try (config, backend)
        let inputs = try NamedInputs(request, for: Self.modelName, more: ["labels"], exits: true)
        let batch = try inputs.batch(config)
        let labels = try inputs.sequenceLabels(sequences: batch.sequences, labels: config.numLabels)
        let output = try forward(
            batch.input, labels: labels, exits: EarlyExitOptions(policy: request.policy, offRamps: true),
            options: request.options)
        return try NamedOutputs.collect(loss: output.loss, output.states, on: backend) { outputs in
            try outputs.add("logits", output.logits)
            outputs.add(NamedTensor("exit_layer", integers: output.exitLayer.map(Int64.init), shape: batch.leading))
            outputs.add(
                NamedTensor(
                    "exit_from_off_ramp", integers: output.exitedFromOffRamp.map { $0 ? 1 : 0 }, shape: batch.leading))
            let passed = output.offRamps ?? []
            let gone = [Float](repeating: .nan, count: config.numLabels)
            for index in 0..<(passed.map(\.count).max() ?? 0) {
                let here = passed.map { $0.indices.contains(index) ? $0[index] : nil }
                outputs.add(
                    NamedTensor(
                        "off_ramp_logits.\(index)", floats: here.flatMap { $0?.logits ?? gone },
                        shape: batch.leading + [config.numLabels]))
                outputs.add(
                    NamedTensor(
                        "off_ramp_entropy.\(index)", floats: here.map { $0?.entropy ?? .nan }, shape: batch.leading)
                )
            }
        }
    }
}
