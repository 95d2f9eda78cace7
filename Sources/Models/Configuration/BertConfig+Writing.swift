import BertCore
public import BertJSON

extension BertConfig {
    /// The configuration in the format of `transformers`, including unknown keys that were read.
    public var json: JSONValue {
        var object = raw
        func set(_ key: String, _ value: JSONValue) {
            if uses(key), !isDefault(key, value, in: object) { object[fileKey(key)] = value }
        }
        func set(_ key: String, _ value: Double) { if uses(key) { object.set(fileKey(key), value) } }
        object["model_type"] = .string(modelType)
        if !architectures.isEmpty || object["architectures"] != nil {
            object["architectures"] = .array(architectures.map(JSONValue.string))
        }
        set("vocab_size", .int(vocabSize))
        set("hidden_size", .int(hiddenSize))
        set("num_hidden_layers", .int(numHiddenLayers))
        set("num_attention_heads", .int(numAttentionHeads))
        set("intermediate_size", .int(intermediateSize))
        set("hidden_act", .string(hiddenAct.name))
        set("hidden_dropout_prob", hiddenDropoutProb)
        set("attention_probs_dropout_prob", attentionProbsDropoutProb)
        set("max_position_embeddings", .int(maxPositionEmbeddings))
        set("initializer_range", initializerRange)
        set("pad_token_id", padTokenId.map(JSONValue.int) ?? .null)
        set("tie_word_embeddings", .bool(tieWordEmbeddings))
        set("type_vocab_size", .int(typeVocabSize))
        set("layer_norm_eps", layerNormEps)
        set("position_embedding_type", .string(positionEmbeddingType.rawValue))
        set("use_cache", .bool(useCache))
        set("is_decoder", .bool(isDecoder))
        set("add_cross_attention", .bool(addCrossAttention))
        if let classifierDropout {
            set("classifier_dropout", classifierDropout)
        } else {
            set("classifier_dropout", .null)
        }
        own?.write(to: &object)
        // `transformers` writes the following keys only if they differ from their defaults.
        object.set("chunk_size_feed_forward", .int(chunkSizeFeedForward), unless: chunkSizeFeedForward == 0)
        object.set("output_attentions", .bool(outputAttentions), unless: !outputAttentions)
        object.set("output_hidden_states", .bool(outputHiddenStates), unless: !outputHiddenStates)
        object.set(
            "pruned_heads",
            .object(
                JSONObject(
                    prunedHeads.sorted { $0.key < $1.key }.map { ("\($0.key)", .array($0.value.map(JSONValue.int))) })),
            unless: prunedHeads.isEmpty)
        object.set("problem_type", problemType.map { .string($0.rawValue) } ?? .null, unless: problemType == nil)
        writeLabels(to: &object)
        // Keep the key that was read, so that the version that wrote it can read it again.
        let dtypeKey = (object["dtype"] ?? .null).isNull && object["torch_dtype"] != nil ? "torch_dtype" : "dtype"
        object.set(dtypeKey, dtype.map { .string($0.rawValue) } ?? .null, unless: dtype == nil)
        return .object(object)
    }

    /// Returns whether a value is the default that `null` in the file stands for.
    private func isDefault(_ key: String, _ value: JSONValue, in object: JSONObject) -> Bool {
        guard family.nullableKeys.contains(key), object[fileKey(key)] == .null else { return false }
        let defaults = BertConfig(family)
        return defaults.json[defaults.fileKey(key)] == value
    }

    private func writeLabels(to object: inout JSONObject) {
        // `num_labels` isn't written: it is derived from the labels.
        object["num_labels"] = nil
        // Labels with gaps are kept as they were read.
        guard unnamedLabels.isEmpty else { return }
        let defaults = BertConfig(family)
        let isDefault = labels == defaults.labels && label2id == defaults.label2id
        object.set(
            "id2label", .object(JSONObject(labels.enumerated().map { ("\($0.offset)", .string($0.element)) })),
            unless: isDefault)
        let ids = label2id.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        object.set("label2id", .object(JSONObject(ids.map { ($0.key, .int($0.value)) })), unless: isDefault)
    }
}

extension JSONObject {
    /// Sets a number. An unchanged number that was read as an integer stays an integer.
    mutating func set(_ key: String, _ value: Double) {
        if self[key]?.doubleValue != value { self[key] = .double(value) }
    }

    /// Sets a member, unless it has its default value and wasn't present.
    fileprivate mutating func set(_ key: String, _ value: JSONValue, unless isDefault: Bool) {
        if !isDefault || self[key] != nil { self[key] = value }
    }
}
