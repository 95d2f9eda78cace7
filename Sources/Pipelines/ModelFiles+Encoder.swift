package import BertCheckpoints
package import BertCore
package import BertModels

extension ModelFiles {
    /// Loads the encoder of the checkpoint, without a head.
    ///
    /// - Throws: ``BertError`` with file and key.
    package func encoder(_ config: BertConfig, on backend: any ComputeBackend) throws -> any EncoderModel {
        let entry = try ModelTask.encoder.entry(config, as: nil, self)
        guard
            let model = try entry.modelType.fromPretrained(config, Checkpoint(self), on: backend, options: .strict)
                as? any EncoderModel
        else { throw BertError(.unsupported, "\(entry.name) has no hidden states") }
        return model
    }
}
