import BertCheckpoints
import BertCore
import BertJSON
import BertModels

extension Trainer {
    /// Writes a checkpoint, and removes old checkpoints that exceed the limit.
    func saveCheckpoint(isBest: Bool) throws {
        let name = "checkpoint-\(state.globalStep)"
        if isBest { state.bestModelCheckpoint = name }
        let path = "\(output)/\(name)"
        try Folder.replace(path) { folder in
            try saveModel(to: folder)
            try TrainingCheckpoint.write(
                session.optimizer, session.model.parameters.map(\.name),
                to: "\(folder)/\(TrainingCheckpoint.optimizerFile)", on: backend)
        }
        try AtomicFile.replace(
            "\(output)/training.svg", with: TrainingFigure.svg(state.logHistory, metric: drawnMetric))
        try observer(.saved(path))
        guard let limit = arguments.saveTotalLimit else { return }
        var others = try TrainingCheckpoint.all(in: output).map(\.name).filter {
            $0 != name && $0 != state.bestModelCheckpoint
        }
        // The new and the best checkpoint are included in the limit.
        let kept = state.bestModelCheckpoint.map { $0 == name ? 1 : 2 } ?? 1
        while others.count + kept > max(limit, kept), !others.isEmpty {
            try Folder.remove("\(output)/\(others.removeFirst())")
        }
    }

    /// Copies the final classifier to the last off-ramp if training leaves it out.
    func completeLastOffRamp() throws {
        switch arguments.exitTraining {
        case .joint, .stage1: return
        case .twoStage where state.globalStep <= stageSteps: return
        case .alternating, .stage2, .twoStage: try offRamps?.copyFinalClassifier(to: session.model)
        }
    }

    var drawnMetric: String? {
        arguments.metricForBestModel.flatMap { name in
            name.hasSuffix("loss") ? nil : name.hasPrefix("eval_") ? name : "eval_" + name
        }
    }

    /// Writes the current model with its tokenizer, state and arguments.
    func saveModel(to folder: String) throws {
        try completeLastOffRamp()
        try subject.modelType.savePretrained(subject.config, session.model.parameterStore(), to: folder)
        for file in subject.companions {
            let path = "\(folder)/\(file.name)"
            if let slash = file.name.lastIndex(of: "/") {
                try Folder.make("\(folder)/\(file.name[..<slash])")
            }
            try AtomicFile.replace(path) { target in try file.bytes.withUnsafeBytes { try target.append($0) } }
        }
        if subject.task == .embedding { try writeSentenceModules(to: folder) }
        try TrainingCheckpoint.write(state.json(arguments), to: "\(folder)/\(TrainingCheckpoint.stateFile)")
        try TrainingCheckpoint.write(.object(facts), to: "\(folder)/\(TrainingCheckpoint.argumentsFile)")
    }

    /// Writes the module files of sentence-transformers for an encoder, unless the folder already has them.
    private func writeSentenceModules(to folder: String) throws {
        guard !subject.companions.contains(where: { $0.name == "modules.json" }) else { return }
        let modules: JSONValue = [
            ["idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"],
            ["idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"],
        ]
        try Folder.make("\(folder)/1_Pooling")
        try TrainingCheckpoint.write(modules, to: "\(folder)/modules.json")
        try TrainingCheckpoint.write(
            [
                "word_embedding_dimension": .int(subject.config.hiddenSize), "pooling_mode_cls_token": false,
                "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false,
                "pooling_mode_mean_sqrt_len_tokens": false,
            ], to: "\(folder)/1_Pooling/config.json")
        try TrainingCheckpoint.write(
            ["max_seq_length": .int(subject.maximumLength), "do_lower_case": false],
            to: "\(folder)/sentence_bert_config.json")
    }

    /// Resumes from a checkpoint.
    func resume(from folder: String) throws {
        let found = try TrainingCheckpoint.read("\(folder)/\(TrainingCheckpoint.argumentsFile)")
        try checkFacts(found, folder)
        let node = try TrainingCheckpoint.read("\(folder)/\(TrainingCheckpoint.stateFile)")
        do { state = try TrainerState(node) } catch let error as JSONError {
            throw BertError(.malformedFile, error, file: folder)
        }
        var config = subject.config
        let store = try subject.modelType.parameterStore(
            &config, Checkpoint(ModelFiles(folder: folder)), options: .strict)
        let isSecond = arguments.exitTraining == .twoStage && state.globalStep > stageSteps
        session = try Self.session(
            store, isSecond ? .stage2 : Self.firstStage(arguments), subject, arguments, backend, teacher, loss,
            observer)
        do {
            try TrainingCheckpoint.read(
                into: &session.optimizer, session.model.parameters, from: folder, on: backend)
        } catch let error as BertError where error.code == .malformedFile {
            throw BertError(
                error.code, "\(error.message). --resume-from-checkpoint takes an older checkpoint", file: error.file,
                key: error.key)
        }
    }

    /// Checks that a checkpoint has the same data and options.
    private func checkFacts(_ node: JSONNode, _ folder: String) throws {
        let found = try node.object()
        // These options don't affect the weights.
        let free: Set<String> = ["save_total_limit"]
        func words(_ value: JSONValue?) -> String { value.map { $0.stringValue ?? $0.serialized() } ?? "missing" }
        let differences = facts.filter { !free.contains($0.key) && $0.value != found[$0.key] }.map { key, value in
            "\(key) (\(words(value)), but \(words(found[key])) in the checkpoint)"
        }
        guard differences.isEmpty else {
            throw BertError(
                .invalidArgument,
                """
                the checkpoint has different data or options: \(differences.joined(separator: "; ")). Resume with those of \
                the checkpoint, or start again in another --output-dir
                """, file: folder,
                key: facts.first { !free.contains($0.key) && $0.value != found[$0.key] }?.key)
        }
    }

    /// Loads the best model if requested, evaluates it, and writes all results to the output folder.
    func finish(steps: Int, seconds: Double) throws -> TrainingResult {
        if arguments.loadBestModelAtEnd, let best = state.bestModelCheckpoint {
            var config = subject.config
            let store = try subject.modelType.parameterStore(
                &config, Checkpoint(ModelFiles(folder: "\(output)/\(best)")), options: .strict)
            for (index, spec) in session.model.parameters.enumerated() {
                guard let tensor = store[spec.name] else { continue }
                session.model.values[index] = try backend.upload(
                    tensor.float32(), shape: spec.shape, elementType: .float32)
            }
            try observer(.note("the best model is \(best)"))
        }
        let samples = Double(steps) * Double(arguments.perDeviceTrainBatchSize * arguments.gradientAccumulationSteps)
        let summary: JSONObject = [
            "total_flos": .double(state.totalFlos),
            "train_loss": .double(state.lossSum / Double(max(1, state.globalStep))),
        ]
        let times: JSONObject = [
            "train_runtime": .double(seconds), "train_samples_per_second": .double(samples / max(seconds, 1e-9)),
            "train_steps_per_second": .double(Double(steps) / max(seconds, 1e-9)),
        ]
        try log(summary, times: times)
        var training = summary
        for (key, value) in times { training[key] = value }
        training["epoch"] = .double(state.epoch)
        training["train_samples"] = .int(subject.training.recordCount)
        var evaluation: JSONObject?
        if let validation = subject.validation {
            let (report, seconds) = try report(validation, perLayer: true)
            var (values, times) = members(report, seconds)
            for (key, value) in times { values[key] = value }
            values["epoch"] = .double(state.epoch)
            values["eval_samples"] = .int(report.samples)
            evaluation = values
        }
        try saveModel(to: output)
        if arguments.exitTraining == .stage1, offRamps != nil {
            try observer(
                .note("the off-ramps are not trained yet: --exit-training stage2 with --model \(output) trains them"))
        }
        try AtomicFile.replace(
            "\(output)/training.svg", with: TrainingFigure.svg(state.logHistory, metric: drawnMetric))
        try TrainingCheckpoint.write(.object(training), to: "\(output)/train_results.json")
        var all = training
        if let evaluation {
            try TrainingCheckpoint.write(.object(evaluation), to: "\(output)/eval_results.json")
            for (key, value) in evaluation { all[key] = value }
        }
        try TrainingCheckpoint.write(.object(all), to: "\(output)/all_results.json")
        return TrainingResult(state: state, training: training, evaluation: evaluation)
    }
}
