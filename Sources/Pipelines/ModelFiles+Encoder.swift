package import BertCheckpoints
package import BertCore
package import BertModels

extension ModelFiles {
    /// The encoder of the family that the configuration names, without a head.
    ///
    /// - Throws: ``BertError`` that names file, key and fix.
    package func encoder(_ config: BertConfig, on backend: any ComputeBackend) throws -> any EncoderModel {
        let entry = try ModelCatalogue.shared.entry(for: .encoder, of: config.family)
        guard let model = try entry.modelType.fromPretrained(self, on: backend, options: .strict) as? any EncoderModel
        else { throw BertError(.unsupported, "\(entry.name) gives no hidden states") }
        return model
    }
}
