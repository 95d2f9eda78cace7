import Bert
import BertJSON
import CSwiftBert
import TestSupport
import Testing

@testable import BertC

/// Tests the tasks whose results are JSON.
@Suite struct CTaskTests {
    private let texts = ["a great film", "slow, but good"]

    /// Returns the JSON result of a function, and frees it.
    private func json(_ body: (inout OpaquePointer?) -> UnsafeMutablePointer<CChar>?) throws -> JSONValue {
        let text = try #require(try CError.check(body))
        defer { swift_bert_string_free(text) }
        return try JSONValue(parsing: String(cString: text))
    }

    @Test func `A classifier's labels are those of the pipeline, with the layer and without texts that aren't there`()
        throws
    {
        let folder = Fixtures.path("models/deebert")
        let handle = try CError.check { swift_bert_classifier_open(folder, #"{"backend": "simd"}"#, &$0) }
        defer { swift_bert_classifier_close(handle) }
        let column = CTexts([texts[0], nil, texts[1]])
        func classify(_ options: String?) throws -> JSONValue {
            try json {
                swift_bert_classify(
                    handle, options, column.count, column.bytes, column.offsets, column.validity, &$0)
            }
        }
        let pipeline = try TextClassifier(folder: folder, backend: "simd")
        let expected = try pipeline.classify(texts, policy: .fixedLayer(1)).map { try JSONValue(encoding: $0) }
        #expect(try classify(#"{"exit_layer": 1}"#) == .array([expected[0], .null, expected[1]]))
        #expect(expected[0]["exit_layer"] == 1)
        #expect(try classify(#"{"top_k": 2}"#)[0]?["labels"]?.arrayValue?.count == 2)
        for bad in [#"{"exit_layer": 99}"#, #"{"top_k": 1, "all": true}"#, #"{"pairs": true}"#, #"{"function": "f"}"#] {
            #expect(throws: CError.self, "\(bad)") { try classify(bad) }
        }
        #expect(throws: CError.self) {
            try CError.check { swift_bert_classifier_open(Fixtures.path("pipelines/sentence-bert"), nil, &$0) }
        }
    }

    @Test func `Pairs are read together`() throws {
        let folder = Fixtures.path("models/bert-seqcls-single")
        let handle = try CError.check { swift_bert_classifier_open(folder, #"{"backend": "simd"}"#, &$0) }
        defer { swift_bert_classifier_close(handle) }
        let column = CTexts(texts)
        let pairs = try json {
            swift_bert_classify(
                handle, #"{"pairs": true}"#, column.count, column.bytes, column.offsets, nil, &$0)
        }
        let expected = try TextClassifier(folder: folder, backend: "simd").classify([
            PairedText(texts[0], pair: texts[1])
        ])
        #expect(pairs == .array([try JSONValue(encoding: expected[0])]))
    }

    @Test func `Ranks are those of the pipeline, texts that aren't there last`() throws {
        let folder = Fixtures.path("models/bert-seqcls-regression")
        let handle = try CError.check { swift_bert_reranker_open(folder, #"{"backend": "simd"}"#, &$0) }
        defer { swift_bert_reranker_close(handle) }
        let column = CTexts([nil] + texts)
        let ranks = try json {
            swift_bert_rerank(
                handle, "is it good?", nil, column.count, column.bytes, column.offsets, column.validity, &$0)
        }
        let expected = try Reranker(folder: folder, backend: "simd").rerank("is it good?", texts)
        #expect(ranks.arrayValue?.compactMap { $0["index"]?.intValue } == expected.map { $0.index + 1 } + [0])
        #expect(ranks.arrayValue?.compactMap { $0["score"]?.doubleValue } == expected.map(\.score))
        #expect(throws: CError.self) {
            try json { swift_bert_rerank(handle, nil, nil, column.count, column.bytes, column.offsets, nil, &$0) }
        }
    }

    @Test func `Entities, vectors of tokens and tokens are those of the pipelines`() throws {
        let ner = Fixtures.path("pipelines/bert-ner")
        let classifier = try CError.check { swift_bert_token_classifier_open(ner, #"{"backend": "simd"}"#, &$0) }
        let extractor = try CError.check { swift_bert_feature_extractor_open(ner, #"{"backend": "simd"}"#, &$0) }
        let tokenizer = try CError.check { swift_bert_tokenizer_open(ner, nil, &$0) }
        defer {
            swift_bert_token_classifier_close(classifier)
            swift_bert_feature_extractor_close(extractor)
            swift_bert_tokenizer_close(tokenizer)
        }
        let column = CTexts(texts)
        let entities = try json {
            swift_bert_ner(
                classifier, #"{"ignore_labels": []}"#, column.count, column.bytes, column.offsets, nil, &$0)
        }
        let expected = try TokenClassifier(folder: ner, backend: "simd")
            .classify(texts, aggregation: .simple, ignoredLabels: [])
        #expect(entities == (try JSONValue(encoding: expected)))
        let vectors = try json {
            swift_bert_token_vectors(extractor, nil, column.count, column.bytes, column.offsets, nil, &$0)
        }
        let tokens = try json {
            swift_bert_tokenize(tokenizer, nil, column.count, column.bytes, column.offsets, nil, &$0)
        }
        #expect(tokens[0]?["ids"]?.arrayValue?.count == vectors[0]?.arrayValue?.count)
        #expect(tokens[1]?["tokens"]?[0] == "[CLS]")
        #expect(throws: CError.self) {
            try json {
                swift_bert_tokenize(
                    tokenizer, #"{"truncation": "only_first"}"#, column.count, column.bytes, column.offsets, nil, &$0)
            }
        }
    }

    @Test func `Sparse and multi-vector embeddings are those of the pipelines`() throws {
        let splade = Fixtures.path("sentences/splade-bert")
        let colbert = Fixtures.path("sentences/colbert-st")
        let sparse = try CError.check { swift_bert_sparse_encoder_open(splade, #"{"backend": "simd"}"#, &$0) }
        let multi = try CError.check { swift_bert_multi_vector_encoder_open(colbert, #"{"backend": "simd"}"#, &$0) }
        defer {
            swift_bert_sparse_encoder_close(sparse)
            swift_bert_multi_vector_encoder_close(multi)
        }
        let column = CTexts([texts[0], nil, texts[1]])
        let expected = try SparseEmbedder(folder: splade, backend: "simd").embed(texts, maxActiveDims: 4)
        let vectors = try json {
            swift_bert_sparse_vectors(
                sparse, #"{"max_active_dims": 4}"#, column.count, column.bytes, column.offsets, column.validity, &$0)
        }
        #expect(vectors[1] == .null)
        for (index, vector) in [0, 2].map({ vectors[$0] }).enumerated() {
            #expect(vector?["indices"]?.arrayValue?.compactMap(\.intValue) == expected[index].indices.map(Int.init))
            #expect(
                vector?["values"]?.arrayValue?.compactMap(\.doubleValue).map { Float($0) } == expected[index].values)
        }
        let embedder = try TokenEmbedder(folder: colbert, backend: "simd")
        for side in TokenEmbedder.Side.allCases {
            let tokens = try json {
                swift_bert_multi_vectors(
                    multi, #"{"role": "\#(side)"}"#, column.count, column.bytes, column.offsets, column.validity, &$0)
            }
            let want = try embedder.embed(texts, as: side)
            let got = tokens.arrayValue?.map { text in
                text.arrayValue?.map { $0.arrayValue?.compactMap { $0.doubleValue.map { Float($0) } } ?? [] }
            }
            #expect(got == [want[0], nil, want[1]])
        }
        for bad in [#"{"max_active_dims": 0}"#, #"{"role": "both"}"#, #"{"prompt": "a", "role": "query"}"#] {
            #expect(throws: CError.self, "\(bad)") {
                try json {
                    swift_bert_sparse_vectors(sparse, bad, column.count, column.bytes, column.offsets, nil, &$0)
                }
            }
        }
        #expect(throws: CError.self) { try CError.check { swift_bert_sparse_encoder_open(colbert, nil, &$0) } }
        #expect(throws: CError.self) { try CError.check { swift_bert_multi_vector_encoder_open(splade, nil, &$0) } }
    }

    @Test func `OMP_NUM_THREADS counts where BERT_NUM_THREADS is not set`() {
        #expect(Library.variables(["OMP_NUM_THREADS": "3,2"])["BERT_NUM_THREADS"] == "3")
        #expect(Library.variables(["OMP_NUM_THREADS": "3", "BERT_NUM_THREADS": "1"])["BERT_NUM_THREADS"] == "1")
        #expect(Library.variables(["OMP_NUM_THREADS": "many"])["BERT_NUM_THREADS"] == nil)
    }
}
