import BertCheckpoints
import BertCore

extension BertPreTrainedModel {
    /// Writes the model to a folder in Hugging Face layout, from which this library and `transformers` load it.
    ///
    /// `config.json` keeps the keys it was read with and names this class under `architectures`; weights go into
    /// `model.safetensors`, or into several files with an index, tied ones once. What other files the folder has, a
    /// tokenizer's for example, stays.
    ///
    /// All is written beside the old files first. They are replaced when everything is on the disk, `config.json` last,
    /// so that a folder is never half a model that looks whole.
    ///
    /// - Throws: the dummy's ``BackendUnavailableError``; ``BertError`` `.fileNotReadable` with the system's words, and
    ///   the folder is then as it was; `.invalidArgument` for a type that can't hold the weights.
    public func savePretrained(_ folder: String, options: SavingOptions = SavingOptions()) throws {
        try Self.savePretrained(config, parameters, to: folder, options: options)
    }

    /// Writes a model of the class that has this configuration and these parameters, without building it.
    ///
    /// - Throws: as the method of the model.
    package static func savePretrained(
        _ config: BertConfig, _ parameters: ParameterStore, to folder: String,
        options: SavingOptions = SavingOptions()
    ) throws {
        var config = config
        let tensors = try savedTensors(config, parameters, as: options.dtype)
        // Another name of this very class stays: Python finds its code by it.
        let named = config.architectures.first.flatMap { Self.family.architectures[$0] }
        if named.flatMap({ Self.family.model(for: $0) })?.modelName != Self.modelName {
            config.architectures = [Self.modelName]
        }
        config.dtype = tensors.map(\.type).max { $0.size < $1.size }
        try CheckpointWriter(tensors, maxShardSize: options.maxShardSize).write(config, to: folder)
    }

    /// The parameters under the names that `transformers` saves: of tied ones the one that the others follow.
    private static func savedTensors(
        _ config: BertConfig, _ parameters: ParameterStore, as dtype: ElementType?
    ) throws -> [SafetensorsWriter.Tensor] {
        try parameterSpecs(config).compactMap { spec in
            // Where the decoder is no copy of the embeddings, version 5 ties nothing at all.
            if spec.tiedTo != nil, config.tieWordEmbeddings { return nil }
            return try parameters[spec.name]?.toSave(as: spec.name, dtype)
        }
    }
}

extension StoredTensor {
    /// The tensor under a name of its own, converted when it is written.
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
