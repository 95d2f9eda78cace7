import Bert
import BertCheckpoints
import TestSupport
import Testing

/// The bias of a language modeling head has two names. Version 5 of transformers stores a value for each of them if the
/// decoder isn't tied to the embeddings, and computes with the decoder's.
struct DecoderBiasTests {
    private static let bias: [Float] = [1, 2, 3]
    private static let decoderBias: [Float] = [4, 5, 6]

    /// Loads a checkpoint with the biases of a head, and returns the biases of the model.
    private func biases(tied: Bool, _ stored: [(name: String, values: [Float])]) throws -> [String: [Float]] {
        let config = """
            {"model_type": "bert", "vocab_size": 3, "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1, \
            "intermediate_size": 2, "max_position_embeddings": 4, "pad_token_id": 0, "tie_word_embeddings": \(tied)}
            """
        let entries = stored.enumerated().map { index, tensor in
            "\"\(tensor.name)\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [\(12 * index), \(12 * index + 12)]}"
        }
        let data = stored.flatMap { $0.values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) } }
        let files = ModelFiles(
            name: "a test",
            files: [
                "config.json": HostBuffer(Array(config.utf8)),
                "model.safetensors": HostBuffer(
                    safetensors(header: "{\(entries.joined(separator: ", "))}", data: data)),
            ])
        var read = try BertConfig(files)
        let store = try BertForMaskedLM.parameterStore(
            &read, Checkpoint(files), options: LoadingOptions(missing: .initialise(seed: 1)))
        var result: [String: [Float]] = [:]
        for name in ["cls.predictions.bias", "cls.predictions.decoder.bias"] {
            result[name] = try store[name]?.float32().floats
        }
        return result
    }

    @Test func `Without tied embeddings, the decoder's own bias is used`() throws {
        let both = try biases(
            tied: false,
            [("cls.predictions.bias", Self.bias), ("cls.predictions.decoder.bias", Self.decoderBias)])
        #expect(both["cls.predictions.decoder.bias"] == Self.decoderBias)
        #expect(both["cls.predictions.bias"] == Self.decoderBias)
        let one = try biases(tied: false, [("cls.predictions.bias", Self.bias)])
        #expect(one["cls.predictions.decoder.bias"] == Self.bias)
    }

    @Test func `With tied embeddings, both names have the head's bias`() throws {
        let both = try biases(
            tied: true,
            [("cls.predictions.bias", Self.bias), ("cls.predictions.decoder.bias", Self.decoderBias)])
        #expect(both["cls.predictions.decoder.bias"] == Self.bias)
        #expect(both["cls.predictions.bias"] == Self.bias)
        let one = try biases(tied: true, [("cls.predictions.decoder.bias", Self.decoderBias)])
        #expect(one["cls.predictions.bias"] == Self.decoderBias)
    }
}
