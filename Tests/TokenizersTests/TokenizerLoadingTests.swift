import BertTokenizers
import Testing

/// Tests that a tokenizer is loaded from any supported files, and that errors name the invalid file.
@Suite struct TokenizerLoadingTests {
    static let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\nHello\ne\u{301}\né\n"

    static func load(_ contents: [String: String]) throws -> any Tokenizer {
        try Tokenizers.load(TokenizerFiles(name: "model", contents: contents.mapValues { Array($0.utf8) }))
    }

    static func json(
        normalizer: String = #"{"type":"BertNormalizer","lowercase":true}"#,
        preTokenizer: String = #"{"type":"BertPreTokenizer"}"#,
        postProcessor: String = #"{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]}"#,
        decoder: String = ###"{"type":"WordPiece","prefix":"##","cleanup":true}"###, added: String = "[]",
        model: String = #"{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"hello":3}}"#
    ) -> String {
        """
        {"normalizer":\(normalizer),"pre_tokenizer":\(preTokenizer),"post_processor":\(postProcessor),
        "decoder":\(decoder),"added_tokens":\(added),"model":\(model)}
        """
    }

    @Test("vocab.txt alone is uncased BERT")
    func vocabularyAlone() throws {
        let tokenizer = try Self.load(["vocab.txt": Self.vocabulary])
        #expect(try tokenizer.encode("HELLO worlds").tokens == ["[CLS]", "hello", "world", "##s", "[SEP]"])
        #expect(tokenizer.specialTokens.mask == 4)
        #expect(tokenizer.specialTokens.padding == 0)
        #expect(tokenizer.modelMaxLength == nil)
    }

    @Test("Canonically equivalent tokens are two tokens")
    func byteKeys() throws {
        let tokenizer = try Self.load([
            "vocab.txt": Self.vocabulary, "tokenizer_config.json": #"{"do_lower_case":false}"#,
        ])
        #expect(tokenizer.vocabulary.count == 11)
        #expect(tokenizer.vocabulary.id(of: "e\u{301}") == 9)
        #expect(tokenizer.vocabulary.id(of: "\u{E9}") == 10)
        #expect(try tokenizer.encode("e\u{301} \u{E9}").ids == [2, 9, 10, 3])
    }

    @Test("Lines may end with CR LF, and the last without any")
    func lineEnds() throws {
        let text = Self.vocabulary.split(separator: "\n").joined(separator: "\r\n")
        #expect(try Self.load(["vocab.txt": text]).encode("hello é").ids == [2, 5, 1, 3])
    }

    @Test("tokenizer_config.json decides on case, accents and special tokens")
    func settings() throws {
        let config = #"""
            {"do_lower_case": false, "strip_accents": true, "model_max_length": 512, "mask_token": {"content": "world",
            "lstrip": true, "special": true}, "pad_token": "hello"}
            """#
        let tokenizer = try Self.load(["vocab.txt": Self.vocabulary, "tokenizer_config.json": config])
        #expect(tokenizer.modelMaxLength == 512)
        #expect(tokenizer.specialTokens.mask == 6)
        #expect(tokenizer.specialTokens.padding == 5)
        let encoding = try tokenizer.encode("Hello  world HELLO")
        #expect(encoding.ids == [2, 8, 6, 1, 3])
        #expect(encoding.offsets[2] == 5..<12)
    }

    @Test("No limit is written as 10^30")
    func noLimit() throws {
        let config = #"{"model_max_length": 1000000000000000019884624838656}"#
        #expect(
            try Self.load(["vocab.txt": Self.vocabulary, "tokenizer_config.json": config]).modelMaxLength == nil)
    }

    @Test("Words that are never split stay whole between white space")
    func neverSplit() throws {
        var configuration = WordPieceConfiguration()
        configuration.neverSplit = ["He-llo", "Hello"]
        let tokenizer = try Array(Self.vocabulary.utf8).withUnsafeBufferPointer {
            try WordPieceTokenizer(vocabTxt: $0, configuration: configuration)
        }
        #expect(try tokenizer.encode("Hello hello Hello! He-llo").ids == [2, 8, 5, 5, 1, 1, 3])
    }

    @Test(
        "Added tokens have ids beyond the vocabulary and are no pieces of words",
        arguments: [
            #"{"added_tokens_decoder": {"11": {"content": "newt", "special": false}}}"#, "{}",
        ])
    func addedTokens(_ config: String) throws {
        var files = ["vocab.txt": Self.vocabulary, "tokenizer_config.json": config]
        if config == "{}" { files["added_tokens.json"] = #"{"newt": 11}"# }
        let tokenizer = try Self.load(files)
        let encoding = try tokenizer.encode("hello NEWT [MASK]newt")
        #expect(encoding.ids == [2, 5, 11, 4, 11, 3])
        #expect(encoding.offsets[2] == 6..<10)
        #expect(tokenizer.vocabulary.id(of: "newt") == 11)
        #expect(tokenizer.decode(encoding.ids, skipsSpecialTokens: true) == "hello newt newt")
    }

    @Test("tokenizer.json goes before vocab.txt; its truncation and padding are not applied")
    func tokenizerJSON() throws {
        let tokenizer = try Tokenizers.load(folder: TokenizerFixtures.path("tokenizers/wordpiece/random"))
        #expect(try tokenizer.encode("foo ! ! ! ! ! ! ! ! !").count == 12)
        let both = try Self.load(["vocab.txt": Self.vocabulary, "tokenizer.json": Self.json()])
        #expect(try both.encode("Hello").ids == [1, 3, 2])
    }

    @Test("Without a post-processor there are no special tokens, and a pair still has two types")
    func noPostProcessor() throws {
        let tokenizer = try Self.load(["tokenizer.json": Self.json(postProcessor: "null")])
        let encoding = try tokenizer.encode("hello", pair: "hello")
        #expect(encoding.ids == [3, 3])
        #expect(encoding.typeIDs == [0, 1])
    }

    @Test("A folder of the golden models gives the same tokenizer from either file")
    func eitherFile() throws {
        let json = try TokenizerFixtures.bytes("models/bert-base/tokenizer.json")
        let text = try TokenizerFixtures.bytes("models/bert-base/vocab.txt")
        let one = try Tokenizers.load(TokenizerFiles(name: "a", contents: ["tokenizer.json": json]))
        let other = try Tokenizers.load(TokenizerFiles(name: "b", contents: ["vocab.txt": text]))
        for text in try TokenizerFixtures.texts() {
            #expect(try one.encode(text).ids == other.encode(text).ids)
            #expect(try one.encode(text).offsets == other.encode(text).offsets)
        }
    }

    struct Failure: Sendable {
        let files: [String: String]
        let code: TokenizerError.Code
        var file: String? = "model/tokenizer.json"
        var key: String?
        var value: TokenizerError.Value?

        init(
            _ files: [String: String], _ code: TokenizerError.Code, file: String? = "model/tokenizer.json",
            key: String? = nil, value: TokenizerError.Value? = nil
        ) {
            (self.files, self.code, self.file, self.key, self.value) = (files, code, file, key, value)
        }
    }

    @Test(
        "An error has the file, the key and the value",
        arguments: [
            Failure(["config.json": "{}"], .fileNotReadable, file: "model"),
            Failure(["vocab.txt": ""], .malformedFile, file: "model/vocab.txt"),
            Failure(["vocab.txt": "\u{FEFF}[PAD]\n"], .malformedFile, file: "model/vocab.txt"),
            Failure(
                ["vocab.txt": "[PAD]\n[CLS]\n[SEP]\n"], .missingToken, file: "model/vocab.txt", key: "unk_token",
                value: "[UNK]"),
            Failure(
                ["vocab.txt": "[PAD]\n[UNK]\n[SEP]\n"], .missingToken, file: "model/vocab.txt", key: "cls_token",
                value: "[CLS]"),
            Failure(
                ["vocab.txt": "[UNK]\n", "tokenizer_config.json": "{"], .malformedFile,
                file: "model/tokenizer_config.json"),
            Failure(
                ["vocab.txt": "[UNK]\n", "tokenizer_config.json": #"{"do_lower_case": "yes"}"#], .malformedFile,
                file: "model/tokenizer_config.json", key: "do_lower_case"),
            Failure(
                ["vocab.txt": vocabulary, "tokenizer_config.json": #"{"truncation_side": "middle"}"#], .malformedFile,
                file: "model/tokenizer_config.json", key: "truncation_side"),
            Failure(
                ["vocab.txt": vocabulary, "tokenizer_config.json": #"{"tokenizer_class": "KoBertTokenizer"}"#],
                .unsupportedComponent, file: "model", key: "tokenizer_class", value: "KoBertTokenizer"),
            Failure(
                ["vocab.txt": vocabulary, "tokenizer_config.json": #"{"tokenizer_class": "RobertaTokenizer"}"#],
                .fileNotReadable, file: "model", value: "RobertaTokenizer"),
            Failure(
                ["tokenizer.json": json(), "tokenizer_config.json": #"{"tokenizer_class": "LayoutLMv3Tokenizer"}"#],
                .unsupportedComponent, file: "model", key: "tokenizer_class", value: "LayoutLMv3Tokenizer"),
            Failure(["tokenizer.json": "{\"model\": "], .malformedFile, key: "model"),
            Failure(
                ["tokenizer.json": #"{"model": {"type": "WordSalad"}}"#], .unsupportedComponent, key: "model",
                value: "WordSalad"),
            Failure(
                ["tokenizer.json": json(normalizer: #"{"type":"Uppercase"}"#)], .unsupportedComponent,
                key: "normalizer", value: "Uppercase"),
            Failure(
                ["tokenizer.json": json(preTokenizer: #"{"type":"MeCab"}"#)], .unsupportedComponent,
                key: "pre_tokenizer", value: "MeCab"),
            Failure(
                ["tokenizer.json": json(postProcessor: #"{"type":"Sequence","processors":[{"type":"Odd"}]}"#)],
                .unsupportedComponent, key: "post_processor.processors[0]", value: "Odd"),
            Failure(
                ["tokenizer.json": json(decoder: #"{"type":"CTC"}"#)], .unsupportedComponent, key: "decoder",
                value: "CTC"),
            Failure(
                ["tokenizer.json": json(model: #"{"type":"WordPiece","vocab":{"[UNK]":0,"a":0}}"#)], .malformedFile,
                value: 0),
            Failure(
                ["tokenizer.json": json(model: #"{"type":"WordPiece","vocab":{"[UNK]":0,"a":4000000000}}"#)],
                .malformedFile, key: "model.vocab"),
            Failure(
                ["tokenizer.json": json(model: #"{"type":"WordPiece","vocab":{"[UNK]":0,"a":2000000000}}"#)],
                .malformedFile, value: 2_000_000_000),
            Failure(
                ["tokenizer.json": json(model: #"{"type":"WordPiece","vocab":{"a":0}}"#)], .missingToken,
                key: "model.unk_token", value: "[UNK]"),
            Failure(
                ["tokenizer.json": json(model: #"{"type":"WordPiece","vocab":{}}"#)], .malformedFile,
                key: "model.vocab"),
            Failure(
                [
                    "tokenizer.json": json(
                        postProcessor: #"{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{}}"#)
                ], .malformedFile, key: "post_processor.single"),
        ])
    func errors(_ failure: Failure) throws {
        let error = try #require(throws: TokenizerError.self) { try Self.load(failure.files) }
        #expect(error.code == failure.code, "\(error)")
        #expect(error.file == failure.file, "\(error)")
        #expect(error.key == failure.key, "\(error)")
        if let value = failure.value { #expect(error.value == value, "\(error)") }
        #expect(!error.message.isEmpty)
    }

    @Test("An error's description has the place before the message")
    func description() {
        let error = TokenizerError(.malformedFile, "is wrong", file: "a/merges.txt", key: "b", line: 3)
        #expect(error.description == "a/merges.txt, line 3: b: is wrong")
    }

    @Test("A vocabulary that is not UTF-8 names byte and line")
    func notUTF8() {
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizers.load(TokenizerFiles(name: "model", contents: ["vocab.txt": [0x61, 0x0A, 0x62, 0xFF, 0x0A]]))
        }
        #expect(error?.file == "model/vocab.txt")
        #expect(error?.line == 2)
        #expect(error?.value == 3)
    }

    @Test("Of a token that occurs twice the last line counts")
    func duplicates() throws {
        let tokenizer = try Self.load(["vocab.txt": Self.vocabulary + "hello\n"])
        #expect(try tokenizer.encode("hello world").ids == [2, 11, 6, 3])
        #expect(tokenizer.vocabulary.token(11) == "hello")
        #expect(tokenizer.vocabulary.token(5) == nil)
    }

    @Test("A folder that is not there, and a folder in a file's place")
    func folders() throws {
        let missing = #expect(throws: TokenizerError.self) { try Tokenizers.load(folder: "/no/such/folder") }
        #expect(missing?.code == .fileNotReadable)
        #expect(missing?.file == "/no/such/folder")
        let files = TokenizerFiles(folder: TokenizerFixtures.path("tokenizers"))
        #expect(throws: TokenizerError.self) { try Tokenizers.load(files) }
    }
}
