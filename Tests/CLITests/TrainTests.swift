import BertCore
import BertJSON
import BertTraining
import Foundation
import TestSupport
import Testing

/// Tests of `bert train`.
@Suite struct TrainTests {
    private static let model = Fixtures.path("models/bert-seqcls-single")

    /// A table of short texts with alternating labels 0, 1, 2.
    private static let table =
        "sentence\tlabel\n"
        + (0..<12).map {
            "\(["great", "bad", "a film"][$0 % 3]) movie\(String(repeating: " film", count: $0 % 4))\t\($0 % 3)\n"
        }
        .joined()

    private struct Workspace {
        private let folder: TemporaryFolder
        var path: String { folder.path }

        init() throws { folder = try TemporaryFolder() }

        func write(_ text: String, _ name: String = "data.tsv") throws -> String {
            try folder.write(Array(text.utf8), to: name)
        }
    }

    private static func train(
        _ data: String, _ output: String, _ more: [String] = [], environment: [String: String] = [:]
    ) throws -> BertProgram.Run {
        try BertProgram.run(
            "train", "--model", model, "--train-file", data, "--output-dir", output, "--backend", "reference",
            "--learning-rate", "0.01", "--per-device-train-batch-size", "4", more: more, environment: environment)
    }

    private static func files(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            if !name.hasSuffix("_results.json") { files[name] = bytes }
        }
        return files
    }

    @Test func `What is trained can be evaluated, classified with and trained on`() throws {
        let work = try Workspace()
        let (data, output) = (try work.write(Self.table), work.path + "/out")
        let run = try Self.train(
            data, output,
            [
                "--validation-file", data, "--test-file", data, "--do-predict", "--num-train-epochs", "4",
                "--logging-steps", "3", "--log-file", work.path + "/log.jsonl", "--eval-strategy", "epoch",
            ])
        #expect(run.code == 0, "\(run.errors)")
        let results = try run.json()
        for name in ["train_loss", "train_runtime", "train_samples_per_second", "eval_accuracy", "eval_loss"] {
            #expect(results[name]?.doubleValue != nil, "\(name)")
        }
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: output))
        #expect(
            names.isSuperset(of: [
                "config.json", "model.safetensors", "trainer_state.json", "training_args.json", "training.svg",
                "all_results.json", "train_results.json", "eval_results.json", "predict_results.txt", "checkpoint-12",
            ]))
        let predictions = try String(contentsOfFile: output + "/predict_results.txt", encoding: .utf8)
        #expect(predictions.hasPrefix("index\tprediction\n0\t"))
        #expect(predictions.split(separator: "\n").count == 13)
        let log = try String(contentsOfFile: work.path + "/log.jsonl", encoding: .utf8)
            .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(log.first?["step"] == 3)
        #expect(log.contains { $0["eval_runtime"] != nil })

        let evaluation = try BertProgram.run(
            "evaluate", "--model", output, "--file", data, "--json", "--backend", "reference"
        ).json()
        let accuracy = try #require(evaluation["accuracy"]?.doubleValue)
        #expect(accuracy == results["eval_accuracy"]?.doubleValue)
        #expect(try BertProgram.run("classify", "--model", output, "great movie").code == 0)
        let again = try BertProgram.run(
            "train", "--model", output, "--train-file", data, "--output-dir", work.path + "/again", "--max-steps", "1",
            "--backend", "reference")
        #expect(again.code == 0, "\(again.errors)")
    }

    @Test func `A run that is killed and resumed ends with the same files`() throws {
        let work = try Workspace()
        let data = try work.write(Self.table)
        let options = ["--max-steps", "30", "--save-steps", "4", "--logging-steps", "5"]
        let (whole, broken) = (work.path + "/whole", work.path + "/broken")
        #expect(try Self.train(data, whole, options).code == 0)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: BertProgram.path)
        process.arguments =
            [
                "train", "--model", Self.model, "--train-file", data, "--output-dir", broken, "--backend", "reference",
                "--learning-rate", "0.01", "--per-device-train-batch-size", "4",
            ] + options
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        while process.isRunning, !FileManager.default.fileExists(atPath: broken + "/checkpoint-8") { usleep(500) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let resumed = try Self.train(data, broken, options + ["--resume"])
        #expect(resumed.code == 0, "\(resumed.errors)")
        let (a, b) = (try Self.files(whole), try Self.files(broken))

        #expect(Set(a.keys) == Set(b.keys))
        for (name, bytes) in a { #expect(bytes == b[name], "\(name)") }
    }

    @Test func `-1 steps are those of the epochs, as in scripts for transformers`() throws {
        let work = try Workspace()
        let data = try work.write(Self.table)
        let run = try Self.train(data, work.path + "/out", ["--max-steps", "-1", "--num-train-epochs", "2"])
        #expect(run.code == 0, "\(run.errors)")
        let state = try String(contentsOfFile: work.path + "/out/trainer_state.json", encoding: .utf8)
        #expect(try JSONValue(parsing: state)["global_step"]?.intValue == 6)
    }

    @Test(arguments: ["reference", "simd"])
    func `Any number of threads gives the same bits`(backend: String) throws {
        let work = try Workspace()
        let data = try work.write(Self.table)
        var weights: [Data] = []
        for threads in ["1", "2", "3"] {
            let output = "\(work.path)/\(threads)"
            let run = try Self.train(
                data, output, ["--max-steps", "4", "--backend", backend], environment: ["BERT_NUM_THREADS": threads])
            #expect(run.code == 0, "\(run.errors)")
            weights.append(try #require(FileManager.default.contents(atPath: output + "/model.safetensors")))
        }
        #expect(weights.allSatisfy { $0 == weights[0] })
    }

    @Test func `A disk that is full leaves the checkpoints that were there`() throws {
        let work = try Workspace()
        let (data, output) = (try work.write(Self.table), work.path + "/out")
        #expect(
            try Self.train(data, output, ["--max-steps", "4", "--save-steps", "2", "--save-strategy", "steps"]).code
                == 0)
        let before = try Self.files(output + "/checkpoint-2")
        // Resumes from the first checkpoint, with a file size limit of 8 blocks.
        let run = try BertProgram.run(
            "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", BertProgram.path, "train", "--model", Self.model,
            "--train-file", data, "--output-dir", output, "--backend", "reference", "--learning-rate", "0.01",
            "--per-device-train-batch-size", "4", "--max-steps", "4", "--save-steps", "2", "--resume-from-checkpoint",
            output + "/checkpoint-2", program: "/bin/sh")
        run.expect(.fileNotReadable)
        #expect(run.error?.file?.hasPrefix(output) == true, "\(run.errors)")
        #expect(try Self.files(output + "/checkpoint-2") == before)
        #expect(!(try FileManager.default.contentsOfDirectory(atPath: output).contains { $0.hasSuffix(".tmp") }))
    }

    @Test func `Labels that can't be are told with file, line and column`() throws {
        let work = try Workspace()
        func error(
            _ text: String, _ name: String, _ more: [String] = [], key: String? = nil, line: Int? = nil,
            column: Int? = nil, value: BertError.Value? = nil, limit: BertError.Value? = nil
        ) throws {
            let file = try work.write(text, name)
            let run = try Self.train(file, work.path + "/out", ["--max-steps", "1"] + more)
            run.expect(.invalidInput, file: file, key: key, line: line, column: column, value: value, limit: limit)
            #expect(!FileManager.default.fileExists(atPath: work.path + "/out"))
        }
        try error("sentence\tlabel\nfilm\t0\ngood film\t3\n", "a.tsv", key: "label", line: 3, column: 11, value: 3)
        try error(
            "label,sentence\n0,film\n\"x\",\"a, b\"\n", "b.csv", key: "label", line: 3, column: 1, value: "x")
        try error(
            "{\"text\": \"film\", \"label\": 1}\n{\"text\": \"film\", \"label\": [1]}\n", "c.jsonl", key: "label",
            line: 2, column: 27)
        try error(
            "sentence\tlabel\nfilm\tgood\n", "d.tsv", ["--task", "regression"], key: "label", line: 2, column: 6)
        try error("sentence\tlabel\nfilm\t1\ngood\t1\n", "e.tsv", value: 1, limit: 2)
        try error("sentence\tclass\nfilm\t1\n", "f.tsv", value: "label")
        try error("sentence\tlabel\n", "g.tsv")
        try error(
            "sentence\tlabel\nfilm\t1\nb\t0\n", "h.tsv", ["--text-column-name", "title"], value: "title")
        // Scores that the loss can't have.
        for (task, loss, score, limit) in [
            ("cross-encoder", "bce", 4.0, 1.0), ("embedding", "cosine-similarity", -2, -1),
        ] {
            let file = try work.write("a,b,score\nx,y,0.5\nx,z,\(score)\n", "\(task).csv")
            let run = try BertProgram.run(
                "train", "--model", Fixtures.path("models/bert-base"), "--tokenizer", Self.model, "--task", task,
                "--loss",
                loss, "--train-file", file, "--output-dir", work.path + "/out", "--max-steps", "1", "--backend",
                "reference")
            run.expect(
                .invalidInput, file: file, key: "score", line: 3, column: 5, value: .double(score),
                limit: .double(limit))
        }
        // An empty field is no label of its own for a new head either.
        let file = try work.write("sentence\tlabel\nfilm\ta\ngood\t\nb\tb\n", "i.tsv")
        let run = try BertProgram.run(
            "train", "--config", Self.model + "/config.json", "--train-file", file, "--output-dir", work.path + "/out",
            "--max-steps", "1", "--backend", "reference")
        run.expect(.invalidInput, file: file, key: "label", line: 3, column: 6, value: "")
        #expect(!FileManager.default.fileExists(atPath: work.path + "/out"))
    }

    @Test func `An output folder that is not empty, int8 and contradictions are refused`() throws {
        let work = try Workspace()
        let data = try work.write(Self.table)
        _ = try work.write("x", "kept.txt")
        let notEmpty = try Self.train(data, work.path)
        notEmpty.expect(.outputNotEmpty, file: work.path, key: "--output-dir")
        let int8 = try Self.train(data, work.path + "/out", ["--precision", "int8"])
        int8.expect(.unsupported, key: "--precision", value: "int8")
        let config = try Self.train(data, work.path + "/out", ["--config", Self.model + "/config.json"])
        #expect(config.code == 64)
        let best = try Self.train(data, work.path + "/out", ["--load-best-model-at-end"])
        best.expect(.invalidArgument, key: "--load-best-model-at-end")
        let nothing = try Self.train(data, work.path + "/out", ["--eval-strategy", "epoch"])
        nothing.expect(.invalidArgument, key: "--validation-file")
        let exits = try Self.train(data, work.path + "/out", ["--exit-training", "stage2"])
        exits.expect(.invalidArgument, key: "--exit-training")
        #expect(!FileManager.default.fileExists(atPath: work.path + "/out"))
    }

    @Test func `A head that the folder lacks is new and named, and labels that the data names are written down`() throws
    {
        let work = try Workspace()
        let data = try work.write("text,label\ngreat film,yes\nbad film,no\na film,maybe\ngreat,yes\n", "names.csv")
        let output = work.path + "/out"
        let run = try BertProgram.run(
            "train", "--model", Fixtures.path("models/bert-base"), "--tokenizer", Self.model, "--task",
            "classification", "--train-file", data, "--output-dir", output, "--max-steps", "2", "--backend",
            "reference")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("classifier.weight"))
        let config = try JSONValue(parsing: String(contentsOfFile: output + "/config.json", encoding: .utf8))
        #expect(config["label2id"]?["maybe"] == 0)
        #expect(config["id2label"]?["2"] == "yes")
        #expect(config["architectures"]?[0] == "BertForSequenceClassification")
    }
}
