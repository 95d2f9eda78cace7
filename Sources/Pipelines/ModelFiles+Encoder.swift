import BertCheckpoints
import BertCore
import BertModels

extension ModelFiles {
    /// The encoder of the family that the configuration names, without a head.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    func encoder(_ config: BertConfig, on backend: any ComputeBackend) throws -> any EncoderModel {
        switch config.modelType {
        case .bert: try BertModel.fromPretrained(self, on: backend, options: .strict)
        case .roberta, .xlmRoberta, .camembert: try RobertaModel.fromPretrained(self, on: backend, options: .strict)
        case .albert: try AlbertModel.fromPretrained(self, on: backend, options: .strict)
        case .distilBert: try DistilBertModel.fromPretrained(self, on: backend, options: .strict)
        }
    }
}
