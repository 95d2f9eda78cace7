import BertCore
public import BertJSON

extension BertConfig {
    /// The configuration as `transformers` writes and reads it, with the unknown keys that were read.
    public var json: JSONValue {
        let key = modelType.key
        var object = raw
        object["model_type"] = .string(modelType.rawValue)
        if !architectures.isEmpty || object["architectures"] != nil {
            object["architectures"] = .array(architectures.map(JSONValue.string))
        }
        object["vocab_size"] = .int(vocabSize)
        object[key("hidden_size")] = .int(hiddenSize)
        object[key("num_hidden_layers")] = .int(numHiddenLayers)
        object[key("num_attention_heads")] = .int(numAttentionHeads)
        object[key("intermediate_size")] = .int(intermediateSize)
        object[key("hidden_act")] = .string(hiddenAct.name)
        object.set(key("hidden_dropout_prob"), hiddenDropoutProb)
        object.set(key("attention_probs_dropout_prob"), attentionProbsDropoutProb)
        object["max_position_embeddings"] = .int(maxPositionEmbeddings)
        object.set("initializer_range", initializerRange)
        object["pad_token_id"] = padTokenId.map(JSONValue.int) ?? .null
        object["tie_word_embeddings"] = .bool(tieWordEmbeddings)
        if modelType == .distilBert {
            object.set(key("classifier_dropout"), classifierDropout ?? hiddenDropoutProb)
        } else {
            object["type_vocab_size"] = .int(typeVocabSize)
            object.set("layer_norm_eps", layerNormEps)
            object["position_embedding_type"] = .string(positionEmbeddingType.rawValue)
        }
        if modelType == .albert {
            object["embedding_size"] = .int(embeddingSize)
            object["num_hidden_groups"] = .int(numHiddenGroups)
            object["inner_group_num"] = .int(innerGroupNum)
            object.set("classifier_dropout_prob", classifierDropoutProb)
        } else if modelType != .distilBert {
            object["use_cache"] = .bool(useCache)
            object["is_decoder"] = .bool(isDecoder)
            object["add_cross_attention"] = .bool(addCrossAttention)
            if let classifierDropout {
                object.set("classifier_dropout", classifierDropout)
            } else {
                object["classifier_dropout"] = .null
            }
        }
        // From here on `transformers` only writes what is not the default.
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
        // The key that was read, so that the version that wrote it can read it again.
        let dtypeKey = (object["dtype"] ?? .null).isNull && object["torch_dtype"] != nil ? "torch_dtype" : "dtype"
        object.set(dtypeKey, dtype.map { .string($0.rawValue) } ?? .null, unless: dtype == nil)
        return .object(object)
    }

    private func writeLabels(to object: inout JSONObject) {
        // `num_labels` is not written: it is the number of labels.
        object["num_labels"] = nil
        let defaults = BertConfig(modelType)
        let isDefault = labels == defaults.labels && label2id == defaults.label2id
        object.set(
            "id2label", .object(JSONObject(labels.enumerated().map { ("\($0.offset)", .string($0.element)) })),
            unless: isDefault)
        let ids = label2id.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        object.set("label2id", .object(JSONObject(ids.map { ($0.key, .int($0.value)) })), unless: isDefault)
    }
}

extension JSONObject {
    /// Sets a number; one that was read as an integer and did not change stays one.
    fileprivate mutating func set(_ key: String, _ value: Double) {
        if self[key]?.doubleValue != value { self[key] = .double(value) }
    }

    /// Sets a member, unless it has its default and was not there.
    fileprivate mutating func set(_ key: String, _ value: JSONValue, unless isDefault: Bool) {
        if !isDefault || self[key] != nil { self[key] = value }
    }
}
