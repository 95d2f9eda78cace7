import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

/// Tests models and inputs that are common in practice, in a shell.
@Suite struct PeoplesFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ verb: String, _ model: String, _ arguments: String..., input: [UInt8] = [], quiet: Bool = true
    ) throws -> BertProgram.Run {
        try BertProgram.run(
            verb, "--model", Fixtures.path("files/\(model)"), more: arguments,
            environment: ["BERT_BACKEND": "reference"].merging(quiet ? ["BERT_QUIET": "1"] : [:]) { $1 }, input: input)
    }

    private func tokenize(_ name: String, _ bytes: [UInt8], _ arguments: String...) throws -> BertProgram.Run {
        try BertProgram.run(
            "tokenize", "--model", EmbedTests.model, "--input", folder.write(bytes, to: name), more: arguments,
            environment: ["BERT_QUIET": "1"])
    }

    /// Returns the tokens of each record, or its error.
    private func records(_ run: BertProgram.Run) throws -> [JSONValue?] {
        try run.lines.map { try JSONValue(parsing: $0) }.map { $0["tokens"] ?? $0["error"] }
    }

    private static let plain = Array("{\"id\":1,\"text\":\"the cat\"}\n{\"id\":2,\"text\":\"a film – 😀\"}\n".utf8)

    // MARK: Models

    @Test func `Labels can be any JSON value`() throws {
        let run = try run("classify", "integer-labels", "the cat sat on the mat")
        #expect(run.code == 0, "\(run.errors)")
        let label = try run.json()
        #expect(label["label"] == "2")
        #expect(abs((label["score"]?.doubleValue ?? 0) - 0.94146) < 1e-4)
    }

    @Test func `Labels numbered from 1 matter only to a classifier`() throws {
        let vector = try run("embed", "labels-from-one", "--pooling", "mean", "the cat sat on the mat")
        #expect(vector.code == 0, "\(vector.errors)")
        #expect(abs((try vector.json()["embedding"]?[1]?.doubleValue ?? 0) - -1.01621) < 1e-4)
        let labels = try run("classify", "labels-from-one", "--class", "BertForSequenceClassification", "a")
        #expect(labels.code == 1)
    }

    @Test(arguments: [#"["BertModel"]"#, #"["BertForMaskedLM"]"#, #""BertForSequenceClassification""#, "null", "[]"])
    func `A classifier is recognised by its head, whatever its class is called`(architectures: String) throws {
        let model = "\(folder.path)/model"
        try FileManager.default.copyItem(atPath: Fixtures.path("files/integer-labels"), toPath: model)
        let path = "\(model)/config.json"
        var config = try #require(
            try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).objectValue)
        config["architectures"] = try JSONValue(parsing: architectures)
        try Data(JSONValue.object(config).serializedBytes()).write(to: URL(fileURLWithPath: path))
        let run = try BertProgram.run(
            "classify", "--model", model, "the cat sat on the mat", environment: ["BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.errors)")
        #expect(try run.json()["label"] == "2")
    }

    @Test func `A model without a classifier names what is missing`() throws {
        try BertProgram.run("classify", "--model", EmbedTests.model, "a", environment: ["BERT_QUIET": "1"])
            .expect(
                .invalidConfiguration, file: EmbedTests.model, key: "architectures", value: "BertModel",
                choices: ["BertForSequenceClassification"])
    }

    @Test func `The greatest length is read from sentence_distilbert_config`() throws {
        let text = "the cat sat on the mat and the dog ran to the red house in the rain"
        let run = try run("embed", "distilbert-sentences", "--auto-truncate", text)
        #expect(run.code == 0, "\(run.errors)")
        #expect(abs((try run.json()["embedding"]?[0]?.doubleValue ?? 0) - 0.06267) < 1e-4)
    }

    @Test func `Weights of PyTorch before 1-6 classify`() throws {
        let run = try run("classify", "legacy-bin", "the cat sat on the mat")
        #expect(run.code == 0, "\(run.errors)")
        let label = try run.json()
        #expect(label["label"] == "z")
        #expect(abs((label["score"]?.doubleValue ?? 0) - 0.91311) < 1e-4)
    }

    @Test(arguments: ["orig-mod", "module-prefix", "model-prefix"])
    func `A wrapper's prefix is said and ignored`(model: String) throws {
        let run = try run("classify", model, "the cat sat on the mat", quiet: false)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.hasPrefix("bert: notice: "))
    }

    @Test(arguments: [[], ["--class", "DeeBertForSequenceClassification"]])
    func `DeeBERT as its own repository saves it is recognised`(options: [String]) throws {
        let texts = ["the cat sat on the mat", "a very bad film", "sun", "is it good or not"]
        let run = try BertProgram.run(
            "classify", "--model", Fixtures.path("files/castorini-deebert"), "--exit-entropy", "0.3",
            more: options + texts, environment: ["BERT_BACKEND": "reference", "BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.errors)")
        let results = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(results.map { $0["exit_layer"]?.intValue } == [1, 2, 1, 2])
        #expect(results.map { $0["label"]?.stringValue } == ["LABEL_0", "LABEL_1", "LABEL_1", "LABEL_1"])
    }

    // MARK: Inputs

    static let encodings: [(name: String, ending: String, bytes: [UInt8])] = [
        ("byte order mark", "jsonl", [0xef, 0xbb, 0xbf] + plain),
        ("UTF-16, little-endian", "jsonl", [0xff, 0xfe] + utf16(plain) { [UInt8($0 & 0xff), UInt8($0 >> 8)] }),
        ("UTF-16, big-endian", "jsonl", [0xfe, 0xff] + utf16(plain) { [UInt8($0 >> 8), UInt8($0 & 0xff)] }),
        ("CRLF", "jsonl", Array(String(decoding: plain, as: UTF8.self).replacing("\n", with: "\r\n").utf8)),
        ("CR", "jsonl", Array(String(decoding: plain, as: UTF8.self).replacing("\n", with: "\r").utf8)),
        ("gzip", "jsonl.gz", gzip),
        ("gzip of two members", "jsonl", gzip + gzip),
        ("text", "md", Array("the cat\na film – 😀\n".utf8)),
        ("text with CR", "txt", Array("the cat\ra film – 😀\r".utf8)),
        ("CSV with CR", "csv", Array("id,text\r1,the cat\r2,a film – 😀\r".utf8)),
        ("CSV with a mark", "csv", [0xef, 0xbb, 0xbf] + Array("text,id\nthe cat,1\na film – 😀,2\n".utf8)),
        ("an array", "json", Array("[{\"text\":\"the cat\"},\n\"a film – 😀\"]".utf8)),
        ("an array with a mark", "json", [0xef, 0xbb, 0xbf] + Array("[\"the cat\",\"a film – 😀\"]".utf8)),
    ]

    private static func utf16(_ bytes: [UInt8], _ split: (UInt16) -> [UInt8]) -> [UInt8] {
        String(decoding: bytes, as: UTF8.self).utf16.flatMap(split)
    }

    /// `plain` compressed by gzip -n.
    private static let gzip: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0xca, 0x4c, 0x51, 0xb2, 0x32,
        0xd4, 0x51, 0x2a, 0x49, 0xad, 0x28, 0x51, 0xb2, 0x52, 0x2a, 0xc9, 0x48, 0x55, 0x48, 0x4e, 0x2c, 0x51,
        0xaa, 0xe5, 0xaa, 0x06, 0xcb, 0x18, 0xc1, 0x65, 0x12, 0x15, 0xd2, 0x32, 0x73, 0x72, 0x15, 0x1e, 0x35,
        0x4c, 0x56, 0xf8, 0x30, 0x7f, 0x46, 0x03, 0x50, 0x05, 0x00, 0xb2, 0x03, 0x11, 0x12, 0x3c, 0x00, 0x00,
        0x00,
    ]

    @Test(arguments: encodings.indices) func `A text is the same in every encoding`(index: Int) throws {
        let (name, ending, bytes) = Self.encodings[index]
        let expected = try records(tokenize("plain.jsonl", Self.plain))
        let run = try tokenize("x.\(ending)", bytes)
        #expect(run.code == 0, "\(name): \(run.errors)")
        let found = try records(run)
        #expect(name == "gzip of two members" ? found == expected + expected : found == expected, "\(name)")
    }

    @Test func `A quoted table with tabs is read as pandas writes it`() throws {
        let table = Array("id\ttext\n1\t\"the\tcat\"\n2\t\"a \"\"film\"\"\"\n".utf8)
        let expected = try records(
            tokenize("p.jsonl", Array(#""the\tcat""#.utf8) + [10] + Array(#""a \"film\"""#.utf8)))
        #expect(try records(tokenize("q.tsv", table, "--quote")) == expected)
        #expect(try tokenize("q.csv", table, "--quote").code == 64)
    }

    @Test func `A column that the header has twice is an error if it is read`() throws {
        let twice = Array("id,text,text\n1,the cat,a film\n".utf8)
        try tokenize("t.csv", twice).expect(.invalidInput, line: 1, value: "text")
        #expect(try tokenize("u.csv", Array("text,x,x\nthe cat,1,2\n".utf8)).code == 0)
    }

    @Test func `NaN is read in members that nobody reads, and refused as an id`() throws {
        let run = try tokenize(
            "n.jsonl", Array("{\"text\":\"the cat\",\"score\":NaN}\n{\"text\":\"a\",\"x\":[-Infinity]}\n".utf8))
        #expect(run.code == 0, "\(run.errors)")
        let id = try tokenize("i.jsonl", Array("{\"text\":\"the cat\",\"id\":NaN}\n".utf8))
        id.expect(.invalidInput, key: "id", line: 1)
    }

    static let refused: [(name: String, bytes: [UInt8], word: String)] = [
        ("x.parquet", Array("PAR1".utf8) + [21, 4, 21, 0], "Parquet"),
        ("x.jsonl.zst", [0x28, 0xb5, 0x2f, 0xfd, 4, 0, 0], "zstd"),
        ("x.jsonl.xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0], "xz"),
        ("x.jsonl.bz2", Array("BZh91AY&SY".utf8) + [0, 1], "bzip2"),
        ("x.xlsx", [0x50, 0x4b, 3, 4, 20, 0], "zip"),
        ("x.jsonl", [0x7b, 0, 0x22, 0], "UTF-16LE"), ("y.jsonl", [0, 0x7b, 0, 0x22], "UTF-16BE"),
        ("z.jsonl", [0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0], "UTF-32"),
        ("x.jsonl.gz", Array(gzip.dropLast(9)), "ends early"),
        ("y.jsonl.gz", Array(gzip[..<20]) + [0xff, 0xff, 0xff, 0xff, 0xff], "compressed"),
        ("z.jsonl.gz", gzip + [1, 2, 3], "damaged"),
    ]

    @Test(arguments: refused.indices)
    func `What holds no records is refused by name, also where errors are emitted`(index: Int) throws {
        let (name, bytes, word) = Self.refused[index]
        let run = try tokenize(name, bytes, "--on-error", "emit")
        #expect(run.code == 1, "\(name)")
        #expect(run.errors.contains(word), "\(run.errors)")
    }

    /// Commands that convert texts from standard input to a file that the program refuses.
    static let converters = [
        "zstd -c", "xz -c", "bzip2 -c", "lz4 -c", "iconv -f UTF-8 -t UTF-16LE", "iconv -f UTF-8 -t UTF-16BE",
        "iconv -f UTF-8 -t UTF-32",
    ]

    @Test(arguments: converters)
    func `The command in the message makes an input that is read`(converter: String) throws {
        func shell(_ command: String, input: [UInt8] = []) throws -> BertProgram.Run {
            try BertProgram.run(
                "-c", command, program: "/bin/sh", environment: ["BERT_QUIET": "1"], input: input)
        }
        let tool = String(converter.prefix { $0 != " " })
        guard try shell("command -v \(tool)").code == 0 else { return }
        let (plain, path) = (try folder.write(Self.plain, to: "plain.jsonl"), "\(folder.path)/converted")
        #expect(try shell("\(converter) < '\(plain)' > '\(path)'").code == 0)
        let bert = "'\(BertProgram.path)' tokenize --model '\(EmbedTests.model)'"
        let failed = try shell("\(bert) --input '\(path)'")
        #expect(failed.code == 1)
        let message = try #require(failed.error?.message)
        let advice = String(try #require(message.split(separator: "it: ").last))
        #expect(advice.hasPrefix(tool), "\(failed.errors)")
        let named = advice.replacing("FILE", with: "'\(path)'")
        let command = named.contains("bert …") ? named.replacing("bert …", with: bert) : "\(named) | \(bert)"
        let run = try shell(command)
        #expect(run.code == 0, "\(command): \(run.errors)")
        #expect(try records(run) == records(tokenize("plain.jsonl", Self.plain)))
    }

    @Test func `gzip is read wherever vectors and a corpus are`() throws {
        let corpus = try folder.write(Self.gzip, to: "c.jsonl.gz")
        let run = try BertProgram.run(
            "search", "--model", SearchTests.model, "--corpus", corpus, "--output-format", "jsonl", "the cat",
            environment: ["BERT_QUIET": "1", "BERT_BACKEND": "reference"])
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("the cat"))
    }

    // MARK: Formats

    static let hints: [(name: String, text: String, option: String)] = [
        ("-", "hello\n", "--format text"), ("a.jsonl", "hello\n", "--format text"),
        ("b.jsonl", "[{\"text\":\"a\"},\n", "--format json"), ("c.jsonl", "{\n\"text\":\"a\"}\n", "--format json"),
        ("d.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "--format jsonl"), ("e.json", "hello\n", "--format text"),
        ("f.csv", "hello\nyou\n", "--format text"), ("g.csv", "id\ttext\n1\ta\n", "--format tsv"),
        ("h.tsv", "id,text\n1,a\n", "--format csv"), ("i.tsv", "\"id\"\t\"text\"\n1\ta\n", "--quote"),
    ]

    @Test(arguments: hints.indices) func `An error names the option that reads the input`(index: Int) throws {
        let (name, text, option) = Self.hints[index]
        let path = name == "-" ? "-" : try folder.write(Array(text.utf8), to: name)
        let options = option.split(separator: " ").map(String.init)
        func run(_ more: [String]) throws -> BertProgram.Run {
            try BertProgram.run(
                "tokenize", "--model", EmbedTests.model, "--input", path, more: more, environment: ["BERT_QUIET": "1"],
                input: Array(text.utf8))
        }
        let failed = try run([])
        #expect(failed.code == 1)
        #expect(failed.errors.contains(option), "\(name): \(failed.errors)")
        // If the input is complete, the suggestion of the message works.
        if !["b.jsonl", "c.jsonl"].contains(name) { #expect(try run(options).code == 0, "\(name)") }
    }

    @Test func `An output's ending chooses the format, and one that promises another is a mistake`() throws {
        func embed(_ name: String, _ more: String...) throws -> Int32 {
            try BertProgram.run(
                "embed", "--model", EmbedTests.model, "--pooling", "mean", "--output", "\(folder.path)/\(name)", "a",
                more: more, environment: ["BERT_QUIET": "1", "BERT_BACKEND": "reference"]
            ).code
        }
        func start(_ name: String) -> [UInt8] {
            [UInt8]((FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()).prefix(6))
        }
        #expect(try embed("v.npy") == 0)
        #expect(start("v.npy") == [0x93] + Array("NUMPY".utf8))
        #expect(try embed("v.json") == 0)
        #expect(start("v.json").first == UInt8(ascii: "["))
        #expect(try embed("v.jsonl") == 0)
        #expect(start("v.jsonl").first == UInt8(ascii: "{"))
        #expect(try embed("v") == 0)
        #expect(try embed("v.log", "--output-format", "jsonl") == 0)
        for name in ["v.parquet", "v.csv", "v.log2", "w.jsonl.gz", "v.xlsx"] {
            #expect(try embed(name) == 64, "\(name)")
            #expect(start(name).isEmpty, "\(name)")
        }
        #expect(try embed("v.npy", "--output-format", "jsonl") == 64)
        #expect(try embed("w.parquet", "--output-format", "jsonl") == 64)
    }

    @Test(arguments: [
        "HF_HOME=~/.hf", "HF_HOME=$HOME/.hf", "HF_HUB_CACHE=~/.hf/hub", "HUGGINGFACE_HUB_CACHE=~/.hf/hub",
    ])
    func `A model is found in the hub's cache however a variable names it`(variable: String) throws {
        let base = "\(folder.path)/.hf/hub/models--acme--tiny"
        try FileManager.default.createDirectory(atPath: "\(base)/snapshots", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(base)/refs", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Fixtures.path("files/no-architectures"), toPath: "\(base)/snapshots/abc")
        try Data("abc".utf8).write(to: URL(fileURLWithPath: "\(base)/refs/main"))
        let parts = variable.split(separator: "=").map(String.init)
        let run = try BertProgram.run(
            "tokenize", "--model", "acme/tiny", "the cat",
            environment: ["BERT_QUIET": "1", "HOME": folder.path, parts[0]: parts[1]])
        #expect(run.code == 0, "\(run.errors)")
    }
}
