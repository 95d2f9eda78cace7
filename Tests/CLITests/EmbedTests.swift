import Bert
import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct EmbedTests {
    static let model = Fixtures.path("models/bert-base")

    private func embed(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String] = ["BERT_QUIET": "1"]
    ) throws -> BertProgram.Run {
        try BertProgram.run(
            "embed", "--model", Self.model, "--pooling", "mean", more: arguments, environment: environment, input: input
        )
    }

    private func vectors(_ run: BertProgram.Run) throws -> [[Float]] {
        try run.lines.map { line in
            let values = try JSONValue(parsing: line)["embedding"]?.arrayValue ?? []
            return values.compactMap { $0.doubleValue.map { Float($0) } }
        }
    }

    @Test func `Nothing is embedded with weights that are not in the file`() throws {
        let folder = try TemporaryFolder()
        let original = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"
        for name in ["config.json", "tokenizer.json", "vocab.txt"] {
            try FileManager.default.copyItem(atPath: "\(original)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        let lost = "bert.encoder.layer.1.output.dense.weight"
        let tensors = try SafetensorsFile(path: "\(original)/model.safetensors").tensors.filter { $0.name != lost }
        try SafetensorsWriter.write(
            tensors.map {
                SafetensorsWriter.Tensor(
                    name: $0.name, type: $0.type.elementType ?? .float32, shape: $0.shape, data: $0.data)
            }, to: "\(folder.path)/model.safetensors")
        let run = try BertProgram.run(
            "embed", "--model", folder.path, "--pooling", "mean", "text", "--backend", "reference")
        #expect(run.output.isEmpty)
        run.expect(.weightsMismatch, key: "encoder.layer.1.output.dense.weight")
    }

    @Test func `Texts on the command line give one object a line`() throws {
        let run = try embed(["a cat", "a dog sat on the mat"])
        #expect(run.code == 0)
        #expect(run.errors == "")
        #expect(try run.lines.map { try JSONValue(parsing: $0)["index"]?.intValue } == [0, 1])
        #expect(try vectors(run).map(\.count) == [32, 32])
        #expect(run.lines[0].hasPrefix(#"{"index":0,"embedding":["#))
    }

    @Test(arguments: ["reference", "simd", "openblas", "onednn", "auto", "onednn,openblas,reference"])
    func `Every backend gives the same vectors`(backend: String) throws {
        let available = try BertProgram.run("backends", "--json").json()["backends"]?.arrayValue ?? []
        let isMissing = available.contains { $0["name"] == .string(backend) && $0["available"] == false }
        let run = try embed(["a cat"], environment: ["BERT_QUIET": "1", "BERT_BACKEND": backend])
        guard !isMissing else {
            run.expect(BertError.Code("backendUnavailable"), key: "BERT_BACKEND", value: .string(backend))
            return
        }
        #expect(run.code == 0)
        let want = try vectors(embed(["a cat", "--backend", "reference"]))
        let got = try vectors(run)
        #expect(got.map(\.count) == [32])
        for (got, want) in zip(got.joined(), want.joined()) { #expect(abs(got - want) <= 1e-5) }
    }

    @Test func `Lines of standard input keep their order and their ids`() throws {
        let input = "\"a cat\"\n\n{\"id\": {\"n\": 1}, \"text\": \"a\"}\r\n{\"text\": \"the dog\", \"id\": null}\n\"x\""
        let run = try embed([], input: Array(input.utf8))
        #expect(run.code == 0)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"]?.intValue } == [0, 1, 2, 3])
        #expect(objects.map { $0["id"] } == [nil, ["n": 1], JSONValue.null, nil])
        let arguments = try embed(["a cat", "a", "the dog", "x"])
        for (got, want) in zip(try vectors(run).joined(), try vectors(arguments).joined()) {
            #expect(abs(got - want) <= 1e-5)
        }
    }

    @Test func `Ten thousand lines all come out, in order`() throws {
        let lines = (0..<10_000).map { "{\"text\":\"cat \($0 % 7)\",\"id\":\($0)}\n" }
        let run = try embed(["--output-format", "jsonl"], input: Array(lines.joined().utf8))
        #expect(run.code == 0)
        #expect(try run.lines.map { try JSONValue(parsing: $0)["id"]?.intValue } == Array(0..<10_000))
    }

    /// The second line, and the column or the key of the error. `%` is a byte that isn't valid UTF-8.
    static let badLines: [(String, Int?, String?)] = [
        (#""%""#, 2, nil), (#"{"text":"#, 9, nil), ("plain words", 1, nil), ("7", nil, "text"),
        (#"{"txt":"x"}"#, nil, "text"), (#"{"text":[]}"#, nil, "text"), (#""a" "b""#, 5, nil),
    ]

    @Test(arguments: badLines)
    func `A bad line stops the run with its number, after the lines before it`(
        bad: String, column: Int?, key: String?
    ) throws {
        let bytes = Array("\"fine\"\n\(bad)\n\"never\"\n".utf8).map { $0 == UInt8(ascii: "%") ? 0xff : $0 }
        let run = try embed([], input: bytes)
        #expect(run.lines.count == 1)
        run.expect(.invalidInput, file: "standard input", key: key, line: 2, column: column)
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test func `An empty text gives a vector and a warning`() throws {
        let run = try embed(["", "a cat"])
        #expect(run.code == 0)
        #expect(try vectors(run).map(\.count) == [32, 32])
        #expect(
            run.errors == "bert: warning: text 0 is empty; its vector only depends on the special tokens\n")
    }

    @Test func `A text that is too long is an error with the counts, unless it may be cut`() throws {
        let long = String(repeating: "cat ", count: 100)
        let run = try embed(["cat", long])
        #expect(run.lines.count == 1)
        run.expect(.tooManyTokens, record: 1, value: 302, limit: 40)
        #expect(run.errors.contains("--auto-truncate"))
        let cut = try embed(["--auto-truncate", long])
        #expect(cut.code == 0)
        #expect(try vectors(cut).map(\.count) == [32])
        let line = try embed([], input: Array("\"cat\"\n\"\(long)\"\n\"dog\"\n".utf8))
        #expect(line.lines.count == 1)
        line.expect(.tooManyTokens, record: 1, file: "standard input", line: 2, value: 302, limit: 40)
    }

    @Test func `Vectors are written as JSON, as text and as a NumPy array`() throws {
        let want = try vectors(embed(["a", "b"]))
        let json = try embed(["a", "b", "--output-format", "json"]).json().arrayValue ?? []
        #expect(json.map { $0["embedding"]?.arrayValue?.count } == [32, 32])
        let text = try embed(["a", "b", "--output-format", "text"])
        #expect(text.lines.map { $0.split(separator: " ").compactMap { Float($0) } } == want)
        #expect(try embed(["--output-format", "json"]).output == "[]\n")
        let array = try BertProgram.run(
            "-c", "\"$0\" embed --model \"$1\" --pooling mean --output-format npy a b | od -An -v -tx1",
            BertProgram.path,
            Self.model, program: "/bin/sh")
        let bytes = array.output.split { $0 == " " || $0 == "\n" }.compactMap { UInt8($0, radix: 16) }
        #expect(bytes.count == 128 + 2 * 32 * 4)
        #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]))
        #expect(String(decoding: bytes[10..<128], as: UTF8.self).contains("'shape': (2, 32)"))
        let values = stride(from: 128, to: bytes.count, by: 4).map { start in
            Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        #expect(values == want.flatMap { $0 })
    }

    @Test func `Prompts, by name or in words, go before the texts, and vectors can be cut`() throws {
        func vectors(_ arguments: String...) throws -> [[Float]] {
            try self.vectors(
                BertProgram.run(
                    "embed", "--model", Fixtures.path("pipelines/sentence-bert"), "--backend", "reference",
                    more: arguments))
        }
        let named = try vectors("--prompt-name", "query", "bad")
        #expect(try named == vectors("--prompt", "a great question : ", "bad"))
        #expect(try vectors("bad") == vectors("--prompt-name", "passage", "bad"))
        #expect(try named != vectors("--prompt", "", "bad"))
        let cut = try vectors("--prompt-name", "query", "--truncate-dimensions", "3", "bad")
        #expect(cut == [Array(named[0].prefix(3))])
        let scaled = try vectors("--prompt-name", "query", "--truncate-dimensions", "3", "--normalize", "bad")
        #expect(abs(scaled[0].reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        let wrong = try embed(["--prompt-name", "q", "x"])
        wrong.expect(.unknownName, value: "q", choices: [])
        #expect(try embed(["--truncate-dimensions", "0", "x"]).code == 64)
        try embed(["--truncate-dimensions", "33", "x"]).expect(.invalidArgument, value: 33, limit: 32)
        #expect(try embed(["--prompt", "a", "--prompt-name", "b", "x"]).code == 64)
    }

    @Test func `A model that does not say how to pool needs to be told`() throws {
        let run = try BertProgram.run("embed", "--model", Self.model, "x")
        run.expect(.invalidConfiguration, file: Self.model)
        let wrong = try BertProgram.run("embed", "--model", Self.model, "--pooling", "sum", "x")
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("it must be one of cls, mean, max, mean-sqrt-len, weighted-mean, last-token"))
    }

    @Test func `No such folder is an error that names it`() throws {
        let run = try BertProgram.run("embed", "--model", "/nowhere", "x", environment: ["BERT_QUIET": "1"])
        run.expect(.fileNotReadable, file: "/nowhere")
        #expect(run.output == "")
    }

    @Test func `A backend that isn't there is the error of the library, all its parts`() throws {
        let run = try embed(
            ["x"],
            environment: [
                "BERT_BACKEND": "onednn", "BERT_ONEDNN_LIBRARY": "/nowhere/lib.so",
                "BERT_OPENBLAS_LIBRARY": "/nowhere/lib.so", "BERT_ERRORS": "text",
            ])
        #expect(run.code == 1)
        #expect(run.output == "")
        let lines = run.errors.split(separator: "\n")
        #expect(
            lines.first == """
                bert: error: BertModel (for bert embed) needs the backend "onednn" (asked for by BERT_BACKEND), which is not available.
                """)
        for (line, label) in zip(lines.dropFirst(), ["reason", "tried", "available", "fix", "or"]) {
            #expect(line.hasPrefix("  \(label):"))
        }
        #expect(
            lines.contains("  tried:      /nowhere/lib.so: cannot open shared object file: No such file or directory"))
        #expect(lines.contains { $0.hasPrefix("  available:  ") && $0.contains("reference") && $0.contains("simd") })
        #expect(lines.last == "  or:         BERT_BACKEND=auto")
        let argument = try embed(["x", "--backend", "nonesuch"], environment: ["BERT_ERRORS": "text"])
        #expect(argument.errors.contains("(asked for by the argument --backend)"))
        #expect(argument.errors.hasSuffix("  or:         --backend auto\n"))
    }

    @Test func `auto says on standard error what it took, unless told to be quiet`() throws {
        #expect(try embed(["x"], environment: [:]).errors.hasPrefix("bert: notice: computing with "))
        #expect(try embed(["x"], environment: ["BERT_QUIET": "yes"]).errors == "")
        #expect(try embed(["x", "--backend", "reference"], environment: [:]).errors == "")
        let wrong = try embed(["x"], environment: ["BERT_QUIET": "perhaps"])
        wrong.expect(.invalidSetting, key: "BERT_QUIET", value: "perhaps")
    }

    @Test func `A misspelt variable is one warning`() throws {
        let run = try embed(["a", "b"], environment: ["BERT_QUIET": "1", "BERT_THREAD": "2", "BERT_BACKND": "x"])
        #expect(run.code == 0)
        #expect(
            run.errors.split(separator: "\n").first == """
                bert: warning: the environment variable BERT_BACKND is unknown; did you mean BERT_BACKEND?
                """)
        #expect(run.errors.split(separator: "\n").count == 2)
    }

    @Test func `A reader that goes away ends the job, which says how far it was`() throws {
        let run = try BertProgram.run(
            "-c", "yes '\"a cat\"' | head -n 3000 | \"$0\" embed --model \"$1\" --pooling mean | head -n 1 | wc -l",
            BertProgram.path, Self.model, program: "/bin/sh", environment: ["BERT_QUIET": "1"])
        #expect(run.output.split(separator: " ").joined() == "1\n")
        #expect(run.errors.hasPrefix("bert: standard output was closed by its reader: "), "\(run.errors)")
        #expect(run.errors.hasSuffix(" results are written\n"))
    }

    #if os(Linux)
        @Test func `A full disk is an error`() throws {
            let run = try BertProgram.run(
                "-c", "\"$0\" embed --model \"$1\" --pooling mean x > /dev/full", BertProgram.path, Self.model,
                program: "/bin/sh", environment: ["BERT_QUIET": "1"])
            run.expect(.fileNotReadable, file: "standard output")
        }
    #endif
}

@Suite struct SimilarityTests {
    private func similarity(_ arguments: String...) throws -> BertProgram.Run {
        try BertProgram.run(
            "similarity", "--model", EmbedTests.model, "--pooling", "mean", more: arguments,
            environment: ["BERT_QUIET": "1"])
    }

    @Test func `The matrix has ones on its diagonal and is symmetric`() throws {
        let run = try similarity("a cat", "a dog", "the mat")
        #expect(run.code == 0)
        let matrix = run.lines.map { $0.split(separator: " ").compactMap { Double($0) } }
        #expect(matrix.map(\.count) == [3, 3, 3])
        for i in matrix.indices {
            #expect(matrix[i][i] == 1)
            for j in matrix.indices { #expect(matrix[i][j] == matrix[j][i] && abs(matrix[i][j]) <= 1) }
        }
    }

    @Test func `As JSON a row is an object`() throws {
        let run = try similarity("a cat", "a dog", "--output-format", "jsonl")
        let rows = try run.lines.map { try JSONValue(parsing: $0)["similarity"]?.arrayValue?.compactMap(\.doubleValue) }
        #expect(rows.map { $0?.count } == [2, 2])
        #expect(abs((rows[0]?[0] ?? 0) - 1) < 1e-6)
    }
}
