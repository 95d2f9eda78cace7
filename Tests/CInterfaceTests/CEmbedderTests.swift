import Bert
import BertJSON
import CSwiftBert
import TestSupport
import Testing

@testable import BertC

@Suite struct CEmbedderTests {
    static let model = Fixtures.path("pipelines/sentence-bert")
    private let texts = ["a great film", "", "slow, but good", "they watched the movie in the end"]

    @Test func `Vectors are those of the pipeline to the bit, in one call or several`() throws {
        let embedder = try CEmbedder(Self.model)
        let expected = try SentenceEmbedder(folder: Self.model, backend: "simd").embed(texts)
        #expect(try embedder.embed(texts) == expected)
        #expect(try embedder.embed([texts[2]]) == [expected[2]])
        #expect(try embedder.embed([]) == [])
        // More than a piece.
        let many = (0..<600).map { texts[$0 % 4] }
        #expect(try embedder.embed(many) == (0..<600).map { expected[$0 % 4] })
    }

    @Test func `A text that isn't there has zeros`() throws {
        let embedder = try CEmbedder(Self.model)
        let vectors = try embedder.embed([nil] + texts + [nil])
        #expect(Array(vectors[1...4]) == (try embedder.embed(texts)))
        #expect(vectors[0].allSatisfy { $0 == 0 } && vectors[5] == vectors[0])
    }

    @Test func `Prompts are the folder's, or a call's own`() throws {
        let embedder = try CEmbedder(Self.model)
        let pipeline = try SentenceEmbedder(folder: Self.model, backend: "simd")
        for (options, prompt) in [
            (#"{"prompt": ""}"#, Prompt.text("")), (#"{"role": "query"}"#, .query),
            (#"{"role": "document"}"#, .document),
        ] {
            #expect(try embedder.embed(texts, options) == (try pipeline.embed(texts, prompt: prompt)), "\(options)")
        }
    }

    @Test func `Facts have the fingerprint of the program; another one is refused with what differs`() throws {
        let embedder = try CEmbedder(Self.model)
        func facts(_ embedder: CEmbedder) throws -> JSONValue {
            try JSONValue(
                parsing: String(cString: #require(CError.check { swift_bert_embedder_facts(embedder.handle, &$0) })))
        }
        let digest = try SentenceEmbedder(folder: Self.model, backend: "simd").fingerprint().digest
        let found = try facts(embedder)
        #expect(found["fingerprint"]?.stringValue == digest)
        #expect(found["backend"] == "simd")
        for key in ["instructions", "threads", "dimension", "facts"] { #expect(found[key] != nil, "\(key)") }
        _ = try CEmbedder(Self.model, #"{"backend": "simd", "expect": "\#(digest)"}"#)
        let error = #expect(throws: CError.self) {
            try CEmbedder(Self.model, #"{"backend": "simd", "precision": "int8", "expect": "\#(digest)"}"#)
        }
        #expect(error?.code == "fingerprintMismatch")
        #expect(error?.message.contains("precision") == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [
            (nil, nil, "folder"), ("/no/such/folder", nil, "/no/such/folder"),
            (model, "{", "options"), (model, "[]", "options"),
            (model, #"{"bakend": "simd"}"#, "did you mean \"backend\""),
            (model, #"{"backend": 1}"#, "backend"), (model, #"{"backend": "gpu"}"#, "gpu"),
            (model, #"{"precision": "int4"}"#, "int4"), (model, #"{"truncate_dim": 0}"#, "truncate_dim"),
            (model, #"{"truncate_dim": 9999}"#, "9999"), (model, #"{"prompt_name": "no"}"#, "no"),
            (model, #"{"prompt": "a", "prompt_name": "b"}"#, "prompt_name"), (model, #"{"pooling": "most"}"#, "most"),
            (model, #"{"max_batch_tokens": -1}"#, "max_batch_tokens"),
        ] as [(String?, String?, String)])
    func `An embedder that can't be opened says why`(folder: String?, options: String?, word: String) {
        let error = #expect(throws: CError.self) { try CEmbedder(folder, options) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func `Bad arguments of a call are errors with words`() throws {
        let embedder = try CEmbedder(Self.model)
        var out = [Float](repeating: 0, count: 1_000)
        let (bytes, offsets): ([CChar], [Int64]) = ([97, 98, 99], [0, 1, 3])
        func fails(
            _ handle: OpaquePointer?, _ count: Int64, _ bytes: [CChar]?, _ offsets: [Int64]?, _ word: String,
            hasOut: Bool = true
        ) {
            let error = #expect(throws: CError.self) {
                try CError.check { error in
                    if hasOut {
                        swift_bert_embed(handle, count, bytes, offsets, nil, &out, &error)
                    } else {
                        swift_bert_embed(handle, count, bytes, offsets, nil, nil, &error)
                    }
                }
            }
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        fails(nil, 2, bytes, offsets, "NULL")
        fails(OpaquePointer(bitPattern: 0xdead_0000), 2, bytes, offsets, "closed")
        fails(embedder.handle, -1, bytes, offsets, "-1")
        fails(embedder.handle, 2, bytes, nil, "offsets")
        fails(embedder.handle, 2, nil, offsets, "bytes")
        fails(embedder.handle, 2, bytes, [0, 3, 1], "offsets[2]")
        fails(embedder.handle, 2, bytes, [-1, 0, 1], "offsets[0]")
        fails(embedder.handle, 2, bytes, offsets, "out", hasOut: false)
        fails(embedder.handle, 1, [CChar(bitPattern: 0xff)], [0, 1], "UTF-8")
        // Nothing to compute is nothing wrong.
        #expect(swift_bert_embed(embedder.handle, 0, nil, nil, nil, nil, nil))
        // Nobody wants the error.
        #expect(!swift_bert_embed(nil, 2, bytes, offsets, nil, &out, nil))
    }

    @Test func `A text that is too long is named, or has no numbers and the others theirs`() throws {
        let embedder = try CEmbedder(Self.model)
        let long = String(repeating: "movie ", count: 2_000)
        let error = #expect(throws: CError.self) { try embedder.embed([texts[0], nil, long]) }
        #expect(error?.code == "tooManyTokens" && error?.record == 2)
        var failures = JSONValue.null
        var column = CTexts([texts[0], nil, long, "b", texts[2]])
        column.bytes[Int(column.offsets[3])] = CChar(bitPattern: 0xff)
        let vectors = try embedder.embed(column, #"{"on_error": "emit"}"#, failures: &failures)
        let good = try embedder.embed([texts[0], texts[2]])
        #expect(vectors[0] == good[0] && vectors[4] == good[1])
        #expect(vectors[2].allSatisfy(\.isNaN) && vectors[3].allSatisfy(\.isNaN))
        #expect(failures.arrayValue?.compactMap { $0["record"]?.intValue }.sorted() == [2, 3])
        let cut = try CEmbedder(Self.model, #"{"backend": "simd", "auto_truncate": true}"#)
        #expect(try cut.embed([long]).count == 1)
    }

    @Test func `What is closed is an error, and closing it again is none`() throws {
        var error: OpaquePointer?
        let handle = swift_bert_embedder_open(Self.model, nil, &error)
        swift_bert_embedder_close(handle)
        swift_bert_embedder_close(handle)
        swift_bert_embedder_close(nil)
        #expect(swift_bert_embedder_dimension(handle) == 0 && swift_bert_embedder_dimension(nil) == 0)
        #expect(throws: CError.self) { try CError.check { swift_bert_embedder_facts(handle, &$0) } }
        swift_bert_error_free(nil)
        swift_bert_string_free(nil)
        #expect(String(cString: swift_bert_error_message(nil)) == "" && swift_bert_error_record(nil) == -1)
        #expect(swift_bert_abi_version() == SWIFT_BERT_ABI_VERSION)
    }
}
