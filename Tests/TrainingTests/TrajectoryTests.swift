import Bert
import BertJSON
import BertTraining
import TestSupport
import Testing

/// Compares ten training steps with PyTorch in double precision: losses, norms, learning rates, parameters and moments.
@Suite struct TrajectoryTests {
    private static let folder = "training/models/bert-seqcls-single"
    private static let cases = ["trajectory_adamw_linear", "trajectory_adamw_cosine", "trajectory_accumulation"]

    @Test(arguments: AvailableBackends.names(), cases)
    func `Ten steps go where PyTorch goes`(backendName: String, name: String) throws {
        let test = try #require(try FixtureCase.all(of: Self.folder).first { $0.name == name })
        let files = try ModelFiles(folder: Fixtures.path(Self.folder))
        let backend = try BackendRegistry.shared.backend(.named(backendName))
        let options = try test.json.required("options")
        let steps = try test.json.required("steps").elements()

        // The data consists of all batches of all steps, which are used in this order.
        var data = TrainingData(task: .classification)
        var batchSize = 0
        let order = try steps.flatMap { try $0.required("batches").elements().map { try $0.int() } }
        var ranges: [Int: Range<Int>] = [:]
        for batch in Set(order).sorted() {
            let rows = try Self.rows(test, "batch\(batch)/")
            ranges[batch] = data.examples.count..<data.examples.count + rows.count
            batchSize = rows.count
            for row in rows { data.add(row) }
        }
        #expect(ranges.values.allSatisfy { $0.count == batchSize })

        var arguments = TrainingArguments()
        arguments.perDeviceTrainBatchSize = batchSize
        arguments.gradientAccumulationSteps = try options.required("gradient_accumulation_steps").int()
        arguments.learningRate = try options.required("learning_rate").double()
        arguments.weightDecay = try options.required("weight_decay").double()
        arguments.adamBeta1 = try options.required("adam_beta1").double()
        arguments.adamBeta2 = try options.required("adam_beta2").double()
        arguments.adamEpsilon = try options.required("adam_epsilon").double()
        arguments.maxGradNorm = try options.required("max_grad_norm").double()
        arguments.maxSteps = try options.required("max_steps").int()
        arguments.warmupSteps = try options.required("warmup_steps").int()
        arguments.lrSchedulerType = try #require(
            ScheduleKind(rawValue: options.required("lr_scheduler_type").string()))
        arguments.loggingSteps = 1
        arguments.saveSteps = 1
        // An epoch consists of the batches in order, like the fixture's groups.
        arguments.dataOrder = Set(order).sorted().flatMap { Array(ranges[$0] ?? 0..<0) }

        let output = try TemporaryFolder()
        let type = BertForSequenceClassification.self
        var config = try BertConfig(files)
        let store = try type.parameterStore(&config, Checkpoint(files), options: .strict)
        let trainer = try Trainer(
            TrainingSubject(type, config, store, training: data), arguments, on: backend, output: output.path)
        let history = try trainer.train().state.logHistory

        let (lossTolerance, normTolerance) = (
            try test.json.required("loss_atol").double(), try test.json.required("gradient_norm_atol").double()
        )
        #expect(history.count == steps.count + 1)
        for (step, entry) in zip(steps, history) {
            let losses = try step.required("losses").elements().map { try $0.double() }
            let mean = losses.reduce(0, +) / Double(losses.count)
            let place: Comment = "step \(try step.required("step").int())"
            #expect(abs(try #require(entry["loss"]?.doubleValue) - mean) <= lossTolerance, place)
            #expect(
                abs(try #require(entry["grad_norm"]?.doubleValue) - step.required("gradient_norm").double())
                    <= normTolerance, place)
            #expect(
                abs(try #require(entry["learning_rate"]?.doubleValue) - step.required("learning_rate").double())
                    < 1e-12,
                place)
        }
        try Self.compare(test, output.path)
    }

    /// Compares the parameters of all steps and the moments of the last step with the checkpoints.
    private static func compare(_ test: FixtureCase, _ output: String) throws {
        let tolerances = try test.json.required("parameters")
        var compared = 0
        for name in try test.outputs {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            let tolerance = try tolerances.required(parts[1])
            if try tolerance["undetermined"]?.bool() == true { continue }
            let wanted = try test.output(name)
            let folder: String
            let file: String
            var key = parts[1]
            if parts[0].hasPrefix("step"), let step = Int(parts[0].dropFirst(4)) {
                (folder, file) = ("\(output)/checkpoint-\(step)", "model.safetensors")
            } else {
                folder = "\(output)/checkpoint-10"
                file = parts[0] == "final" ? "model.safetensors" : "optimizer.safetensors"
                if parts[0] != "final" { key = "\(parts[0].dropFirst("final_".count)).\(key)" }
            }
            let tensors = try SafetensorsFile(path: "\(folder)/\(file)").tensors
            let stored = try #require(tensors.first { $0.name == key }, "\(file): \(key)")
            let got = try stored.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(got.count == wanted.count)
            let limit = try tolerance.required("atol").double()
            let worst = zip(got, wanted).map { Double(abs($0 - $1)) - 1e-4 * Double(abs($1)) }.max() ?? 0
            #expect(worst <= limit, "\(name): off by \(worst), allowed \(limit)")
            compared += 1
        }
        #expect(compared > 80)
    }

    /// Returns the rows of a padded batch without the masked tokens at their ends.
    private static func rows(_ test: FixtureCase, _ prefix: String) throws -> [TrainingExample] {
        func integers(_ name: String) throws -> [Int32] {
            try #require(
                test.inputTensors().first { $0.name == prefix + name }.map { tensor in
                    try tensor.data().withUnsafeBytes { bytes in
                        tensor.type == .int64
                            ? bytes.bindMemory(to: Int64.self).map { Int32($0) }
                            : Array(bytes.bindMemory(to: Int32.self))
                    }
                })
        }
        let (ids, mask, types) = (
            try integers("input_ids"), try integers("attention_mask"), try integers("token_type_ids")
        )
        let labels = try integers("labels")
        let width = ids.count / labels.count
        return labels.enumerated().map { row, label in
            let range = row * width..<(row + 1) * width
            let kept = range.filter { mask[$0] != 0 }
            return TrainingExample(
                [TrainingExample.Sequence(ids: kept.map { ids[$0] }, types: kept.map { types[$0] })], .label(label))
        }
    }
}
