import Bert
import BertCore
import BertJSON
import Foundation
import TestSupport
import Testing

@Suite struct SearchTests {
    static let model = Fixtures.path("pipelines/sentence-bert")
    static let corpus = Fixtures.path("pipelines/corpus.jsonl")

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func bert(_ verb: String, _ arguments: String..., input: String = "") throws -> BertProgram.Run {
        try BertProgram.run(
            verb, "--model", Self.model, "--backend", "reference", more: arguments, input: Array(input.utf8))
    }

    /// Writes the corpus' vectors to a file.
    private func vectors(_ name: String, _ format: String, _ more: [String] = []) throws -> String {
        let path = "\(folder.path)/\(name)"
        let run = try BertProgram.run(
            "embed", "--model", Self.model, "--backend", "reference", "--prompt-name", "document", "--input",
            Self.corpus,
            "--output", path, "--output-format", format, more: more)
        #expect(run.code == 0, "\(run.errors)")
        return path
    }

    @Test func `Hits are those of the library, with the texts and ids of the corpus`() throws {
        let run = try bert(
            "search", "--corpus", Self.corpus, "--top-k", "3", input: "{\"id\":\"q\",\"text\":\"bad\"}\n\"great\"\n")
        #expect(run.code == 0)
        #expect(run.errors == "")
        let texts = [
            "the movie was great .", "a bad plot", "watch the ending", "The acting is slow and dull.", "a bad plot",
            "They like the start, not the end.",
        ]
        let ids: [JSONValue?] = ["a", "b", nil, 4, nil, "f"]
        let embedder = try SentenceEmbedder(folder: Self.model, backend: "reference")
        var search = SemanticSearch(for: embedder)
        try search.add(embedder.embed(texts, prompt: .document))
        let want: [[SearchHit]] = try search.search(embedder.embed(["bad", "great"], prompt: .query), topK: 3)
        let objects = try run.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.map { $0["index"] } == [0, 1])
        #expect(objects.map { $0["id"] } == ["q", nil])
        #expect(objects.map { $0["query"] } == ["bad", "great"])
        for (object, want) in zip(objects, want) {
            let hits = try #require(object["hits"]?.arrayValue)
            #expect(hits.map { $0["corpus_id"]?.intValue } == want.map(\.corpusID))
            for (hit, want) in zip(hits, want) {
                #expect(abs((hit["score"]?.doubleValue ?? 9) - want.score) < 1e-5)
                #expect(hit["text"] == .string(texts[want.corpusID]))
                #expect(hit["id"] == ids[want.corpusID])
            }
        }
        let equals = objects[0]["hits"]?.arrayValue?.compactMap { $0["corpus_id"]?.intValue }.filter {
            [1, 4].contains($0)
        }
        #expect(equals == [1, 4])
    }

    @Test func `Vectors that were computed before give the same hits, with texts or without`() throws {
        func hits(_ arguments: String...) throws -> [JSONValue] {
            let run = try BertProgram.run(
                "search", "--model", Self.model, "--backend", "reference", "a bad movie", more: arguments)
            #expect(run.code == 0, "\(run.errors)")
            return try #require(run.json()["hits"]?.arrayValue)
        }
        func bare(_ hits: [JSONValue], without keys: Set<String>) -> [JSONValue] {
            hits.map { hit in .object(JSONObject((hit.objectValue ?? [:]).filter { !keys.contains($0.key) }.map { $0 }))
            }
        }
        let want = try hits("--corpus", Self.corpus)
        #expect(want.count == 6)
        let (array, lines) = (try vectors("v.npy", "npy"), try vectors("v.jsonl", "jsonl"))
        #expect(try hits("--corpus", Self.corpus, "--corpus-vectors", array) == want)
        #expect(try hits("--corpus-vectors", lines) == bare(want, without: ["text"]))
        #expect(try hits("--corpus-vectors", array) == bare(want, without: ["text", "id"]))
    }

    @Test(arguments: VectorPrecision.allCases.dropFirst(), ["npy", "jsonl"])
    func `Quantized vectors of the corpus are searched`(precision: VectorPrecision, format: String) throws {
        let ranges = try vectors("ranges.npy", "npy")
        let needs = precision.needsRanges
        let path = try vectors(
            "q.\(format)", format, ["--output-precision", precision.rawValue] + (needs ? ["--ranges", ranges] : []))
        func hits(_ file: String, _ more: [String]) throws -> [JSONValue] {
            let run = try BertProgram.run(
                "search", "--model", Self.model, "--backend", "reference", "--corpus", Self.corpus, "--corpus-vectors",
                file, "bad plot", more: more)
            #expect(run.code == 0, "\(run.errors)")
            return try run.json()["hits"]?.arrayValue ?? []
        }
        let options = ["--corpus-precision", precision.rawValue] + (needs ? ["--corpus-ranges", ranges] : [])
        let (exact, got) = (try hits(ranges, []), try hits(path, options))
        #expect(got.count == 6)
        #expect(got[0]["text"] == exact[0]["text"])
        if needs {
            for (got, exact) in zip(got, exact) {
                let scores = (try #require(got["score"]?.doubleValue), try #require(exact["score"]?.doubleValue))
                #expect(abs(scores.0 - scores.1) < 0.05 * abs(scores.1) + 0.05)
            }
        }
    }

    @Test func `Prompts and similarity are the model's unless others are asked for`() throws {
        func scores(_ arguments: String...) throws -> [Double] {
            let run = try BertProgram.run(
                "search", "--model", Self.model, "--backend", "reference", "--corpus", Self.corpus, "bad",
                more: arguments)
            return (try run.json()["hits"]?.arrayValue ?? []).compactMap { $0["score"]?.doubleValue }
        }
        let own = try scores()
        #expect(own.count == 6)
        #expect(try scores("--prompt-name", "query", "--corpus-prompt-name", "document", "--similarity", "dot") == own)
        #expect(try scores("--prompt", "") != own)
        #expect(try scores("--corpus-prompt", "the ") != own)
        #expect(try scores("--similarity", "manhattan").allSatisfy { $0 < 0 })
    }

    @Test func `Vectors that don't belong to the corpus or to the model are errors that say so`() throws {
        let array = try vectors("v.npy", "npy")
        let short = try folder.write(Array("\"one\"\n\"two\"\n".utf8), to: "two.jsonl")
        let count = try bert("search", "--corpus", short, "--corpus-vectors", array, "x")
        count.expect(.invalidInput, file: array, value: 6, limit: 2)
        let narrow = try bert("search", "--corpus-vectors", array, "--truncate-dimensions", "4", "x")
        narrow.expect(.invalidInput, record: 0, file: array, value: 16, limit: 4)
        let texts = try bert("search", "--corpus-vectors", Self.corpus, "x")
        texts.expect(.invalidInput, file: Self.corpus, key: "embedding", line: 1)
        let small = try vectors("i.npy", "npy", ["--output-precision", "binary"])
        try bert("search", "--corpus-vectors", small, "x")
            .expect(.malformedFile, file: small, value: "|i1", limit: "<f4", choices: ["int8", "binary"])
        let wide = try bert("search", "--corpus-vectors", small, "--corpus-precision", "ubinary", "x")
        wide.expect(.malformedFile, file: small, value: "|i1", limit: "|u1", choices: ["int8", "binary"])
        let codes = try folder.write(Array("{\"embedding\":[1,256]}\n".utf8), to: "codes.jsonl")
        let code = try bert("search", "--corpus-vectors", codes, "--corpus-precision", "ubinary", "x")
        code.expect(.invalidInput, file: codes, line: 1, value: 256.0, limit: "ubinary")
        #expect(try bert("search", "--corpus-vectors", small, "--corpus-precision", "int8", "x").code == 64)
        #expect(try bert("search", "--corpus", Self.corpus, "--corpus-precision", "binary", "x").code == 64)
        let empty = try folder.write([], to: "empty.jsonl")
        try bert("search", "--corpus", empty, "x").expect(.invalidInput, file: empty)
        #expect(try bert("search", "x").code == 64)
        #expect(try bert("search", "--corpus", array, "x").code == 64)
        #expect(try bert("search", "--corpus", Self.corpus, "--top-k", "0", "x").code == 64)
    }

    @Test(arguments: [40, 100, 130, 300]) func `An array that is cut off is an error`(size: Int) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: vectors("v.npy", "npy")))
        let path = try folder.write(Array(bytes.prefix(size)), to: "cut.npy")
        let run = try bert("search", "--corpus-vectors", path, "x")
        #expect(run.output == "")
        run.expect(.malformedFile, file: path, limit: size < 128 ? nil : 96)
    }

    #if os(Linux)
        @Test func `On a terminal hits are a table, unless a format is asked for`() throws {
            func terminal(_ more: String) throws -> BertProgram.Run {
                try BertProgram.run(
                    "-qec",
                    "'\(BertProgram.path)' search --model '\(Self.model)' --corpus '\(Self.corpus)' bad \(more)",
                    "/dev/null", program: "/usr/bin/script", environment: ["BERT_QUIET": "1", "NO_COLOR": "1"])
            }
            let table = try terminal("")
            #expect(table.code == 0)
            #expect(table.output.components(separatedBy: "\r\n").filter { !$0.isEmpty }.count == 7, "\(table.output)")
            #expect(table.output.contains("#4  a bad plot"), "\(table.output)")
            #expect(try terminal("--output-format jsonl").output.hasPrefix("{\"index\":0,"))
        }
    #endif
}

@Suite struct OutputPrecisionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func embed(_ arguments: String...) throws -> BertProgram.Run {
        try BertProgram.run("embed", "--model", SearchTests.model, "--backend", "reference", more: arguments)
    }

    private func numbers(_ run: BertProgram.Run) throws -> [[Int?]] {
        try run.lines.map { try JSONValue(parsing: $0)["embedding"]?.arrayValue?.map(\.intValue) ?? [] }
    }

    @Test func `Vectors are whole numbers in JSON and bytes in an array`() throws {
        let ranges = "\(folder.path)/ranges.npy"
        let sample = try embed("--input", SearchTests.corpus, "--output", ranges, "--output-format", "npy")
        #expect(sample.code == 0)
        let embedder = try SentenceEmbedder(folder: SearchTests.model, backend: "reference")
        let texts = [
            "the movie was great .", "a bad plot", "watch the ending", "The acting is slow and dull.", "a bad plot",
            "They like the start, not the end.",
        ]
        let (vectors, known): ([[Float]], [[Float]]) = (try embedder.embed(["a", "bad"]), try embedder.embed(texts))
        for precision in VectorPrecision.allCases.dropFirst() {
            let quantize = try VectorQuantizer(precision, ranges: VectorRanges(of: known))
            let want = try vectors.map { vector in
                switch try quantize(vector) {
                case .float32: [Int]()
                case .int8(let values): values.map(Int.init)
                case .uint8(let values): values.map(Int.init)
                }
            }
            let options =
                ["--output-precision", precision.rawValue] + (precision.needsRanges ? ["--ranges", ranges] : [])
            let run = try BertProgram.run(
                "embed", "--model", SearchTests.model, "--backend", "reference", "a", "bad", more: options)
            #expect(run.code == 0, "\(run.errors)")
            // In batches of other sizes, a component may be rounded to the neighboring step.
            for (got, want) in zip(try numbers(run), want) {
                #expect(got.count == want.count)
                #expect(zip(got, want).filter { $0 != $1 }.count <= 1, "\(precision)")
            }
            let path = "\(folder.path)/\(precision.rawValue).npy"
            _ = try BertProgram.run(
                "embed", "--model", SearchTests.model, "--backend", "reference", "a", "bad", "--output", path,
                "--output-format", "npy", more: options)
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            let isSigned = precision == .int8 || precision == .binary
            #expect(
                String(decoding: bytes[10..<128], as: UTF8.self).hasPrefix(
                    "{'descr': '\(isSigned ? "|i1" : "|u1")', 'fortran_order': False, 'shape': (2, \(want[0].count)), }"
                ))
            let stored = bytes[128...].map { isSigned ? Int(Int8(bitPattern: $0)) : Int($0) }
            #expect(stored == (try numbers(run)).flatMap { $0.compactMap(\.self) })
        }
    }

    @Test func `Ranges go with the precisions that need them, and have the model's width`() throws {
        let missing = try embed("--output-precision", "int8", "x")
        #expect(missing.code == 64)
        #expect(missing.errors.contains("requires --ranges FILE"))
        #expect(try embed("--output-precision", "binary", "--ranges", "x.npy", "x").code == 64)
        #expect(
            try embed("--output-precision", "int4", "x").errors.contains(
                "it must be one of float32, int8, uint8, binary"))
        let lines = try folder.write(Array("{\"embedding\":[1,2]}\n".utf8), to: "r.jsonl")
        let narrow = try embed("--output-precision", "uint8", "--ranges", lines, "x")
        narrow.expect(.invalidInput, file: lines, line: 1, value: 2, limit: 16)
        let empty = try folder.write([], to: "e.jsonl")
        try embed("--output-precision", "uint8", "--ranges", empty, "x").expect(.invalidInput, file: empty)
    }
}
