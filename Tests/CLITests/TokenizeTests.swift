import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct TokenizeTests {
    static let model = Fixtures.path("models/bert-base")

    private func tokenize(_ arguments: [String], model: String = model, input: String = "") throws -> BertProgram.Run {
        try BertProgram.run("tokenize", "--model", model, more: arguments, input: Array(input.utf8))
    }

    private func object(_ arguments: [String], input: String = "") throws -> JSONValue {
        let run = try tokenize(arguments, input: input)
        #expect(run.code == 0 && run.errors == "")
        return try JSONValue(parsing: try #require(run.lines.first))
    }

    @Test func `Every member of a text`() throws {
        let object = try object(["a dög!"])
        #expect(object["index"] == 0)
        #expect(object["ids"] == [2, 76, 79, 90, 82, 5, 3] || object["ids"]?.arrayValue?.count ?? 0 > 3)
        let tokens = try #require(object["tokens"]?.arrayValue)
        #expect(tokens.first == "[CLS]" && tokens.last == "[SEP]" && tokens[1] == "a")
        for name in ["ids", "type_ids", "attention_mask", "special_tokens_mask", "offsets", "word_ids"] {
            #expect(object[name]?.arrayValue?.count == tokens.count, "\(name)")
        }
        #expect(object["overflow"] == nil)
        #expect(object["offsets"]?[1] == [0, 1])
        #expect(object["word_ids"]?[0] == JSONValue.null)
    }

    @Test func `Offsets count what they are asked to`() throws {
        #expect(try object(["é b", "--offsets", "utf8"])["offsets"] == [[0, 0], [0, 2], [3, 4], [0, 0]])
        #expect(try object(["é b", "--offsets", "scalar"])["offsets"] == [[0, 0], [0, 1], [2, 3], [0, 0]])
        #expect(try object(["é b"])["offsets"] == [[0, 0], [0, 1], [2, 3], [0, 0]])
    }

    @Test func `Lines are strings or objects, with pairs and ids`() throws {
        let input =
            "\"a\"\n{\"id\": [7], \"text\": \"a\", \"text_pair\": \"b a\"}\n{\"text\": \"a\", \"text_pair\": null}\n"
        let objects = try tokenize([], input: input).lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["type_ids"] } == [[0, 0, 0], [0, 0, 0, 1, 1, 1], [0, 0, 0]])
        #expect(objects.map { $0["id"] } == [nil, [7], nil])
        #expect(objects.map { $0["index"] } == [0, 1, 2])
    }

    @Test func `Cut, filled up and given whole`() throws {
        let count = { (object: JSONValue) in object["ids"]?.arrayValue?.count }
        let text = "a b c a b c a b c"
        #expect(try count(object([text])) == 11)
        #expect(try count(object([text, "--no-special-tokens"])) == 9)
        let cut = try object([text, "--max-length", "5"])
        #expect(count(cut) == 5 && cut["overflow"] == nil)
        #expect(try count(object([text, "--max-length", "5", "--truncation", "do_not_truncate"])) == 11)
        let windows = try object([text, "--max-length", "5", "--stride", "1"])["overflow"]?.arrayValue ?? []
        #expect(windows.map(count) == [5, 5, 5])
        #expect(windows.map { $0["offsets"]?[1] } == [[4, 5], [8, 9], [12, 13]])
        #expect(try object([text, "--max-length", "5", "--overflow"])["overflow"]?.arrayValue?.count == 2)
        #expect(try object(["a", "--max-length", "5", "--overflow"])["overflow"] == [])
        let padded = try object(["a", "--max-length", "5", "--padding", "max_length"])
        #expect(padded["attention_mask"] == [1, 1, 1, 0, 0] && padded["special_tokens_mask"] == [1, 0, 1, 1, 1])
        let longest = try tokenize(["a", "a b c", "--padding", "longest"]).lines.map { try JSONValue(parsing: $0) }
        #expect(longest.map { $0["attention_mask"] } == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    }

    @Test(
        arguments: [
            (["a", "--padding", "max_length"], "model without a maximum"),
            (["a", "--stride=-1"], "--stride must be at least 0"),
            (["a", "--max-length", "0"], "--max-length must be at least 1"),
            (["a", "--truncation", "some"], "only_first"),
            (["a", "--offsets", "utf16"], "utf8"),
        ])
    func `A mistake in usage says what is possible`(arguments: [String], message: String) throws {
        let folder = try TemporaryFolder()
        let vocabulary = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Self.model + "/vocab.txt")))
        _ = try folder.write(vocabulary, to: "vocab.txt")
        let run = try tokenize(arguments, model: folder.path)
        #expect(run.code == 64)
        #expect(
            message.hasPrefix("model") ? run.errors.contains("requires --max-length") : run.errors.contains(message))
    }

    @Test(
        arguments: [
            ("\"a\"\n{\"text\": 1}\n", [], "text", nil),
            ("\"a\"\n{\"text\": \"a\", \"text_pair\": 1}\n", [], "text_pair", nil),
            ("\"a\"\n\"a b c d\"\n", ["--max-length", "3", "--truncation", "only_second"], nil, nil),
            ("\"a\"\n\"\\ud800\"\n", [], nil, 2),
        ] as [(String, [String], String?, Int?)])
    func `A bad line ends it, after those before`(
        input: String, arguments: [String], key: String?, column: Int?
    ) throws {
        let run = try tokenize(arguments, input: input)
        #expect(run.lines.count == 1)
        run.expect(.invalidInput, file: "standard input", key: key, line: 2, column: column)
    }

    @Test func `A folder without a tokenizer, and none`() throws {
        let folder = try TemporaryFolder()
        let run = try tokenize(["a"], model: folder.path)
        run.expect(.invalidInput, file: folder.path)
        #expect((run.error?.cause as? BertError)?.code == .fileNotReadable)
        let missing = try tokenize(["a"], model: "/no/such/folder")
        missing.expect(.fileNotReadable, file: "/no/such/folder")
    }

    @Test(arguments: ["roberta-base", "roberta-seqcls"])
    func `RoBERTa is embedded with its own tokenizer, whichever of its files there are`(name: String) throws {
        let source = Fixtures.path("models/\(name)")
        let whole = try BertProgram.run(
            "embed", "--model", source, "--pooling", "mean", "--backend", "reference", "a cat <mask>", "dög")
        #expect(whole.code == 0, "\(whole.errors)")
        #expect(whole.lines.count == 2)
        let folder = try TemporaryFolder()
        for file in try FileManager.default.contentsOfDirectory(atPath: source) where file != "tokenizer.json" {
            try FileManager.default.copyItem(atPath: "\(source)/\(file)", toPath: "\(folder.path)/\(file)")
        }
        let older = try BertProgram.run(
            "embed", "--model", folder.path, "--pooling", "mean", "--backend", "reference", "a cat <mask>", "dög")
        #expect(older.output == whole.output)
    }

    @Test(arguments: ["albert-base", "xlm-roberta-base", "camembert-seqcls", "distilbert-base"])
    func `ALBERT, XLM-R and CamemBERT are embedded with Unigram`(name: String) throws {
        let source = Fixtures.path("models/\(name)")
        let folder = try TemporaryFolder()
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: "\(source)/\(file)", toPath: "\(folder.path)/\(file)")
        }
        let letters = "abcdefghijklmnopqrstuvwxyz".map { #",["\#($0)",-3]"# }.joined()
        let tokenizer = """
            {"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true}],
            "normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},
            "post_processor":{"type":"TemplateProcessing","special_tokens":{"<s>":{"ids":[0]},"</s>":{"ids":[2]}},
            "single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"</s>"}}],
            "pair":[{"Sequence":{"id":"A"}},{"Sequence":{"id":"B"}}]},"decoder":{"type":"Metaspace"},
            "model":{"type":"Unigram","unk_id":3,"vocab":[["<s>",0],["<pad>",0],["</s>",0],["<unk>",0],["▁",-2]\(letters)]}}
            """
        _ = try folder.write(Array(tokenizer.utf8), to: "tokenizer.json")
        let run = try BertProgram.run(
            "embed", "--model", folder.path, "--pooling", "mean", "--backend", "reference", "a cat", "ﬁ")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.count == 2)
        let tokens = try tokenize(["ﬁ"], model: folder.path).lines.map { try JSONValue(parsing: $0)["tokens"] }
        #expect(tokens == [["<s>", "▁", "f", "i", "</s>"]])
    }
}
