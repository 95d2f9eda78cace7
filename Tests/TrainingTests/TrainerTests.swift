import Bert
import BertJSON
import BertTraining
import Foundation
import TestSupport
import Testing

/// Tests runs of the trainer on a model with a few hundred parameters.
@Suite struct TrainerTests {
    private static let folder = Fixtures.path("training/models/bert-seqcls-single")

    /// Returns examples whose label depends on the first word.
    private static func data(_ count: Int, labels: Int = 3) -> TrainingData {
        var data = TrainingData(task: .classification, labels: (0..<labels).map { "LABEL_\($0)" })
        for index in 0..<count {
            let length = 3 + index * 7 % 5
            let ids = (0..<length).map { Int32(3 + (index * 5 + $0 * 3) % 20) }
            data.add(
                TrainingExample(
                    [TrainingExample.Sequence(ids: ids, types: ids.map { _ in 0 })],
                    .label(Int32(index % labels))))
            data.recordCount = data.examples.count
        }
        return data
    }

    private static func trainer(
        _ output: String, _ backend: String = "reference", examples: Int = 20, killedAfter last: Int? = nil,
        _ change: (inout TrainingArguments) -> Void = { _ in }
    ) throws -> Trainer {
        let files = try ModelFiles(folder: folder)
        var config = try BertConfig(files)
        let type = BertForSequenceClassification.self
        let store = try type.parameterStore(&config, Checkpoint(files), options: .strict)
        var arguments = TrainingArguments()
        arguments.perDeviceTrainBatchSize = 4
        arguments.maxSteps = 8
        arguments.learningRate = 1e-2
        arguments.loggingSteps = 2
        arguments.saveSteps = 3
        change(&arguments)
        return try Trainer(
            TrainingSubject(type, config, store, training: data(examples), validation: data(7)), arguments,
            on: BackendRegistry.shared.backend(.named(backend)), output: output,
            observer: { if case .step(let step, _, _, _, _) = $0, step == last { throw Killed() } })
    }

    private struct Killed: Error {}

    /// Returns the files that are the same in two runs with the same seed, which are all except those with times.
    private static func lasting(_ folder: String) throws -> [String: Data] {
        try contents(of: folder).filter { !$0.key.hasSuffix("_results.json") }
    }

    @Test(arguments: AvailableBackends.names())
    func `A run that is interrupted and resumed ends with the same files`(backend: String) throws {
        let (whole, broken) = (try TemporaryFolder(), try TemporaryFolder())
        let change: (inout TrainingArguments) -> Void = {
            $0.evalStrategy = .steps
            $0.evalSteps = 3
            $0.gradientAccumulationSteps = 2
            $0.loadBestModelAtEnd = true
        }
        _ = try Self.trainer(whole.path, backend, change).train()
        // The run is killed after the fifth step: the checkpoint of the third step exists, and the state of the fifth
        // is lost.
        let killed = try Self.trainer(broken.path, backend, killedAfter: 5, change)
        #expect(throws: Killed.self) { _ = try killed.train() }
        let checkpoint = try #require(try Trainer.lastCheckpoint(in: broken.path))
        #expect(checkpoint.hasSuffix("checkpoint-3"))
        _ = try Self.trainer(broken.path, backend, change).train(resumingFrom: checkpoint)
        let (a, b) = (try Self.lasting(whole.path), try Self.lasting(broken.path))
        #expect(Set(a.keys) == Set(b.keys))
        for (name, bytes) in a { #expect(bytes == b[name], "\(name)") }
        #expect(a.keys.contains("model.safetensors"))
        #expect(a.keys.contains("checkpoint-6/optimizer.safetensors"))
    }

    @Test func `The same seed gives the same bits, another one others`() throws {
        func weights(_ seed: UInt64) throws -> Data {
            let output = try TemporaryFolder()
            _ = try Self.trainer(output.path) { $0.seed = seed }.train()
            return try #require(try Self.lasting(output.path)["model.safetensors"])
        }
        let first = try weights(1)
        #expect(try weights(1) == first)
        #expect(try weights(2) != first)
    }

    @Test func `Training makes the loss smaller`() throws {
        let output = try TemporaryFolder()
        let history = try Self.trainer(output.path) {
            $0.maxSteps = 150
            $0.learningRate = 3e-3
            $0.loggingSteps = 15
            $0.saveStrategy = .no
        }.train().state.logHistory
        let losses = history.compactMap { $0["loss"]?.doubleValue }
        #expect(try #require(losses.last) < 0.8 * (try #require(losses.first)))
    }

    @Test func `The limit of checkpoints never removes the best`() throws {
        let output = try TemporaryFolder()
        let state = try Self.trainer(output.path) {
            $0.maxSteps = 12
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveSteps = 2
            $0.saveTotalLimit = 1
            $0.loadBestModelAtEnd = true
            // A higher loss counts as better, so an early checkpoint is the best.
            $0.greaterIsBetter = true
        }.train().state
        let best = try #require(state.bestModelCheckpoint)
        let left = try FileManager.default.contentsOfDirectory(atPath: output.path).filter {
            $0.hasPrefix("checkpoint-")
        }
        #expect(Set(left) == [best, "checkpoint-12"])
        // The best model is kept at the end.
        let files = try Self.lasting(output.path)
        #expect(files["model.safetensors"] == files["\(best)/model.safetensors"])
    }

    @Test func `Evaluations that are no better end the run`() throws {
        let output = try TemporaryFolder()
        let state = try Self.trainer(output.path) {
            $0.maxSteps = 30
            $0.evalStrategy = .steps
            $0.evalSteps = 1
            $0.saveSteps = 1
            $0.loadBestModelAtEnd = true
            $0.greaterIsBetter = true
            $0.earlyStoppingPatience = 3
            $0.earlyStoppingThreshold = 100
        }.train().state
        // The first evaluation counts as an improvement, and no other one improves enough.
        #expect(state.globalStep == 4)
    }

    @Test func `An epoch's last group of batches may be short and still makes a step`() throws {
        let output = try TemporaryFolder()
        // 18 examples in batches of 4 are 5 batches, and in groups of 2 three steps.
        let state = try Self.trainer(output.path, examples: 18) {
            $0.maxSteps = -1
            $0.numTrainEpochs = 2
            $0.gradientAccumulationSteps = 2
            $0.saveStrategy = .epoch
            $0.loggingSteps = 1
        }.train().state
        #expect(state.globalStep == 6)
        #expect(state.epoch == 2)
        // Counted in batches, as in transformers.
        let epochs = state.logHistory.filter { $0["loss"] != nil }.compactMap { $0["epoch"]?.doubleValue }
        #expect(epochs == [0.4, 0.8, 1, 1.4, 1.8, 2])
        let left = try FileManager.default.contentsOfDirectory(atPath: output.path).filter {
            $0.hasPrefix("checkpoint-")
        }
        #expect(Set(left) == ["checkpoint-3", "checkpoint-6"])
    }

    @Test func `A loss that is no number stops the run, names the operation and keeps the checkpoint`() throws {
        let output = try TemporaryFolder()
        let error = #expect(throws: BertError.self) {
            try Self.trainer(output.path) {
                $0.learningRate = 1e20
                $0.maxGradNorm = 0
                $0.saveSteps = 1
            }.train()
        }
        #expect(error?.code == .trainingDiverged)
        #expect(error?.key != nil)
        #expect(try Trainer.lastCheckpoint(in: output.path) != nil)
    }

    @Test func `An update that makes a parameter infinite is named as the reason`() throws {
        let output = try TemporaryFolder()
        let error = #expect(throws: BertError.self) {
            try Self.trainer(output.path) {
                $0.learningRate = 1e38
                $0.maxGradNorm = 0
            }.train()
        }
        #expect(error?.code == .trainingDiverged)
        #expect(error?.key?.hasPrefix("bert.") == true, "\(error?.key ?? "")")
    }

    @Test func `A checkpoint of other options or data is refused, and the option named`() throws {
        let output = try TemporaryFolder()
        _ = try Self.trainer(output.path).train()
        let checkpoint = try #require(try Trainer.lastCheckpoint(in: output.path))
        let otherOption = #expect(throws: BertError.self) {
            try Self.trainer(output.path) { $0.learningRate = 2e-2 }.train(resumingFrom: checkpoint)
        }
        #expect(otherOption?.code == .invalidArgument)
        #expect(otherOption?.key == "learning_rate")
        let otherData = #expect(throws: BertError.self) {
            try Self.trainer(output.path, examples: 19).train(resumingFrom: checkpoint)
        }
        #expect(otherData?.key == "train_data")
    }

    @Test func `Options that contradict each other are refused`() throws {
        func refused(_ change: (inout TrainingArguments) -> Void) -> String? {
            var arguments = TrainingArguments()
            change(&arguments)
            do { try arguments.check() } catch { return (error as? BertError)?.key }
            return nil
        }
        #expect(refused { $0.loadBestModelAtEnd = true } == "--load-best-model-at-end")
        #expect(
            refused {
                $0.loadBestModelAtEnd = true
                $0.evalStrategy = .steps
                $0.evalSteps = 300
            } == "--load-best-model-at-end")
        #expect(refused { $0.frozenPrecision = .int8 } == "--frozen-precision")
        #expect(
            refused {
                $0.frozenPrecision = .int8
                $0.freeze = "embeddings"
            } == nil)
        #expect(
            refused {
                $0.frozenPrecision = .int8
                $0.exitTraining = .twoStage
            } == nil)
        #expect(refused { $0.adamBeta1 = 1 } == "--adam-beta1")
        #expect(refused { $0.adamBeta2 = 1 } == "--adam-beta2")
        #expect(refused { $0.earlyStoppingPatience = 2 } == "--early-stopping-patience")
        #expect(refused { $0.warmupRatio = 2 } == "--warmup-ratio")
        #expect(refused { $0.perDeviceTrainBatchSize = 0 } == "--per-device-train-batch-size")
        #expect(refused { _ in } == nil)
    }

    @Test func `The state has the keys that Python's class takes, and no others`() throws {
        let output = try TemporaryFolder()
        _ = try Self.trainer(output.path).train()
        let bytes = try #require(try contents(of: output.path)["checkpoint-3/trainer_state.json"])
        let state = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
        #expect(
            Set(try #require(state.objectValue).keys) == [
                "best_global_step", "best_metric", "best_model_checkpoint", "epoch", "eval_steps", "global_step",
                "is_hyper_param_search", "is_local_process_zero", "is_world_process_zero", "log_history",
                "logging_steps", "max_steps", "num_input_tokens_seen", "num_train_epochs", "save_steps",
                "stateful_callbacks", "total_flos", "train_batch_size", "trial_name", "trial_params",
            ])
        #expect(state["global_step"] == 3)
        #expect(state["max_steps"] == 8)
    }
}
