import BertCore
import BertJSON
import TestSupport
import Testing

@Suite struct BenchTests {
    private static let model = Fixtures.path("models/bert-base")

    private func bench(_ arguments: String...) throws -> BertProgram.Run {
        try BertProgram.run("bench", "--model", Self.model, "--seconds", "0.4", more: arguments)
    }

    @Test func `Every backend that is available is timed on every shape, the small ones first`() throws {
        let run = try bench("--lengths", "4,16", "--batches", "1,3", "--json")
        #expect(run.code == 0, "\(run.errors)")
        let backends = try #require(run.json()["backends"]?.arrayValue)
        let available = try BertProgram.run("backends", "--json").json()["backends"]?.arrayValue ?? []
        #expect(backends.map { $0["name"] } == available.filter { $0["available"] == true }.map { $0["name"] })
        for backend in backends {
            let shapes = try #require(backend["shapes"]?.arrayValue)
            let sizes = shapes.map { "\($0["batch"]?.intValue ?? 0)×\($0["length"]?.intValue ?? 0)" }
            #expect(sizes == ["1×4", "3×4", "1×16", "3×16"])
            #expect(try #require(backend["load_ms"]?.doubleValue) > 0)
        }
    }

    @Test(arguments: [
        ("reference,openblas", "float32"), ("simd,onednn,openblas,reference", "int8"),
    ])
    func `No backend that is left is an error that says why, backend by backend`(
        disabled: String, precision: String
    ) throws {
        // Without the reference none is there that delegates to it.
        let run = try BertProgram.run(
            "bench", "--model", Self.model, "--seconds", "0.1", "--precision", precision,
            environment: ["BERT_DISABLE_BACKENDS": disabled])
        #expect(run.code != 0 && run.output.isEmpty)
        let causes = run.reported?["causes"]?.arrayValue ?? []
        #expect(
            Set(causes.compactMap { $0["backend"]?.stringValue }) == ["simd", "onednn", "openblas", "reference"],
            "\(run.errors)")
        #expect(causes.contains { $0["code"] == "disabledByEnvironment" }, "\(run.errors)")
    }

    @Test func `Percentiles rise, and rates follow from the median`() throws {
        let json = try bench("--lengths", "8", "--batches", "2", "--backend", "reference", "--json").json()
        let shape = try #require(json["backends"]?[0]?["shapes"]?[0])
        func number(_ key: String) throws -> Double { try #require(shape[key]?.doubleValue) }
        #expect(try #require(shape["passes"]?.intValue) > 0)
        #expect(try 0 < number("p50_ms") && number("p50_ms") <= number("p90_ms"))
        #expect(try number("p90_ms") <= number("p99_ms"))
        #expect(try abs(number("sequences_per_s") * number("p50_ms") / 2_000 - 1) < 1e-9)
        #expect(try abs(number("tokens_per_s") / number("sequences_per_s") - 8) < 1e-9)
    }

    @Test func `Callers call at a time, and rates are those of all`() throws {
        let json = try bench(
            "--lengths", "8", "--batches", "2", "--callers", "1,3", "--backend", "reference", "--json"
        ).json()
        let shapes = try #require(json["backends"]?[0]?["shapes"]?.arrayValue)
        #expect(shapes.map { $0["callers"]?.intValue } == [1, 3])
        // Each caller has at least one pass.
        #expect(try #require(shapes[1]["passes"]?.intValue) >= 3)
        let (rate, median) = (shapes[1]["sequences_per_s"]?.doubleValue, shapes[1]["p50_ms"]?.doubleValue)
        #expect(try abs(#require(rate) * #require(median) / 6_000 - 1) < 1e-9)
        let text = try bench("--lengths", "8", "--batches", "2", "--callers", "1,3", "--backend", "reference")
        #expect(text.lines.contains { $0.hasPrefix("3 of 2×8 ") })
        #expect(text.lines.contains { $0.hasPrefix("reference, 2×8 ") })
    }

    @Test func `The operations of a pass are counted, and their shares are all of it`() throws {
        let json = try bench("--lengths", "8", "--batches", "1", "--backend", "reference", "--json").json()
        let layers = try BertProgram.run("inspect", Self.model, "--json").json()["layers"]?.intValue
        let operations = try #require(json["backends"]?[0]?["operations"]?.arrayValue)
        #expect(operations.first { $0["operation"] == "attention" }?["calls"]?.intValue == layers)
        let shares = operations.compactMap { $0["share"]?.doubleValue }
        #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
        #expect(shares == shares.sorted(by: >))
        let linear = try #require(operations.first { $0["operation"] == "linear" })
        #expect(try #require(linear["gflop_per_s"]?.doubleValue) > 0 && linear["done"] == "native")
        #expect(try #require(linear["peak_share"]?.doubleValue) > 0)
        #expect(operations.first { $0["operation"] == "layerNorm" }?["peak_share"]?.isNull == true)
    }

    @Test func `The processor's peak needs no model`() throws {
        let peaks = try #require(BertProgram.run("bench", "--peak", "--json").json()["peaks"]?.arrayValue)
        #expect(Set(peaks.compactMap { $0["precision"]?.stringValue }) == ["float32", "bfloat16", "int8"])
        #expect(peaks.allSatisfy { ($0["gflop_per_s"]?.doubleValue ?? 0) > 0 })
        #expect(try BertProgram.run("bench", "--peak").lines.first?.hasPrefix("precision") == true)
        #expect(try BertProgram.run("bench").code == 64)
        #expect(try BertProgram.run("bench", "--peak", "--model", Self.model).code == 64)
    }

    @Test(arguments: ["float32", "bfloat16", "int8"])
    func `A precision is that of all backends that have it`(precision: String) throws {
        let run = try bench("--lengths", "8", "--batches", "1", "--precision", precision, "--json")
        let backends = try #require(run.json()["backends"]?.arrayValue)
        #expect(backends.contains { $0["name"] == "reference" })
        #expect(backends.allSatisfy { $0["precision"]?.stringValue == precision })
        let known = try BertProgram.run("backends", "--json").json()["backends"]?.arrayValue ?? []
        for backend in known
        where backend["available"] == true && !backends.contains(where: { $0["name"] == backend["name"] }) {
            #expect(run.errors.contains("notice: \(backend["name"]?.stringValue ?? "") is skipped"), "\(run.errors)")
        }
    }

    @Test func `What would take longer than its share of the time is left out, the smallest never`() throws {
        let run = try BertProgram.run(
            "bench", "--model", Self.model, "--seconds", "0.01", "--lengths", "1,32", "--batches", "1,2000",
            "--backend", "reference")
        #expect(run.code == 0, "\(run.errors)")
        let rows = run.lines.map { $0.split(separator: " ").map(String.init) }.filter { $0.count == 8 }
        #expect(rows.map(\.[0]) == ["1×1", "1×32", "2000×1", "2000×32"])
        #expect(rows.first?.contains("–") == false)
        #expect(rows.last?.suffix(6) == ["–", "–", "–", "–", "–", "–"])
        #expect(run.lines.contains("– not measured: it would exceed its share of --seconds"))
    }

    @Test func `Default lengths are those that the model takes`() throws {
        let run = try bench("--batches", "1", "--backend", "reference", "--json")
        let greatest = try BertProgram.run("inspect", Self.model, "--json").json()["positions"]?.intValue
        let shapes = try run.json()["backends"]?[0]?["shapes"]?.arrayValue
        #expect(shapes?.map { $0["length"]?.intValue } == [16, greatest])
    }

    @Test(arguments: [
        (["--lengths", "1,,2"], 64, "integers from 1"), (["--batches", "0"], 64, "integers from 1"),
        (["--callers", "2,0"], 64, "integers from 1"), (["--callers", "4000"], 64, "at most 1024"),
        (["--seconds", "0"], 64, "--seconds must be above 0"), (["--seconds", "nan"], 64, "--seconds must be above 0"),
    ])
    func `Bad sizes are mistakes in usage`(arguments: [String], code: Int32, message: String) throws {
        let run = try BertProgram.run("bench", "--model", Self.model, more: arguments)
        #expect(run.code == code)
        #expect(run.output == "")
        #expect(run.errors.contains(message), "\(run.errors)")
    }

    @Test func `A length that the model doesn't take, another backend and another folder are errors`() throws {
        func run(_ arguments: String..., model: String = Self.model) throws -> BertProgram.Run {
            let run = try BertProgram.run("bench", "--model", model, more: arguments)
            #expect(run.output == "")
            return run
        }
        try run("--lengths", "100000").expect(.invalidInput, value: 100_000, limit: 40)
        try run("--backend", "referense").expect(
            BertError.Code("backendUnavailable"), key: "--backend", value: "referense")
        try run(model: "/no/such/folder").expect(.fileNotReadable, file: "/no/such/folder")
    }
}
