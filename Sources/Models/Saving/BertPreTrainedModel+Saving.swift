import BertCheckpoints
import BertCore

extension BertPreTrainedModel {
    /// Saves the model to a folder in the Hugging Face layout, for this library and `transformers`.
    ///
    /// `config.json` keeps the keys that it was read with and lists this class under `architectures`. Weights are
    /// written to `model.safetensors`, or to shards with an index; tied weights are written once. Other files in the
    /// folder, such as those of a tokenizer, are kept.
    ///
    /// New files are written to a temporary folder first. They replace the old files when all of them are on disk,
    /// `config.json` last, so that the folder never contains a mixture of two models that looks complete.
    ///
    /// - Throws: The ``BackendUnavailableError`` of a dummy; ``BertError`` `.fileNotReadable` with the message of the
    ///   system, in which case the folder is unchanged; `.invalidArgument` for a type that can't represent the weights.
    public func savePretrained(_ folder: String, options: SavingOptions = SavingOptions()) throws {
        try Self.savePretrained(config, parameters, to: folder, options: options)
    }

    /// Saves a model of this class with the given configuration and parameters, without creating the model.
    ///
    /// - Throws: The same errors as the instance method.
    package static func savePretrained(
        _ config: BertConfig, _ parameters: ParameterStore, to folder: String,
        options: SavingOptions = SavingOptions()
    ) throws {
        var config = config
        let tensors = try savedTensors(config, parameters, as: options.dtype)
        // Keep an alternative name of the same class, which Python needs to find its code.
        let named = config.architectures.first.flatMap { Self.family.architectures[$0] }
        if named.flatMap({ Self.family.model(for: $0) })?.modelName != Self.modelName {
            config.architectures = [Self.modelName]
        }
        config.dtype = tensors.map(\.type).max { $0.size < $1.size }
        try CheckpointWriter(tensors, maxShardSize: options.maxShardSize).write(config, to: folder)
    }

    /// Returns the parameters with the names that `transformers` saves. Of tied parameters, only the one that the
    /// others refer to is saved.
    private static func savedTensors(
        _ config: BertConfig, _ parameters: ParameterStore, as dtype: ElementType?
    ) throws -> [SafetensorsWriter.Tensor] {
        try parameterSpecs(config).compactMap { spec in
            // If the decoder isn't tied to the embeddings, version 5 ties no parameters at all.
            if spec.tiedTo != nil, config.tieWordEmbeddings { return nil }
            return try parameters[spec.name]?.toSave(as: spec.name, dtype)
        }
    }
}

extension StoredTensor {
    /// Returns the tensor with a new name. It is converted when it is written.
    fileprivate func toSave(as name: String, _ dtype: ElementType?) throws -> SafetensorsWriter.Tensor {
        guard let own = type.elementType, own.isFloatingPoint else {
            throw BertError(.weightsMismatch, "the parameter \(name) has elements of type \(type.rawValue)")
        }
        guard let dtype, dtype != own else {
            return SafetensorsWriter.Tensor(name: name, type: own, shape: shape, data: data)
        }
        return SafetensorsWriter.Tensor(name: name, type: dtype, shape: shape) { try converted(to: dtype) }
    }
}
