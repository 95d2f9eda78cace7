import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// The implementation shared by all pipelines with sequence classifiers: maps texts to one logit per label.
struct SequenceScorer: Sendable {
    /// The output of the model for one sequence, with the layer after which it exited.
    struct Row: Sendable {
        let logits: [Float]
        let exitLayer: Int
    }

    let loaded: LoadedModel<any SequenceClassificationModel>
    /// The model, if it supports early exit.
    private let early: (any EarlyExitClassifier)?

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - settings: The settings of the module in a sentence-transformers folder.
    init(
        _ files: ModelFiles, as className: String?, _ settings: TransformerSettings? = nil,
        on backend: any ComputeBackend
    ) throws {
        loaded = try LoadedModel(
            files.transformerFiles(), for: .sequenceClassification, as: className,
            maximumLength: settings?.maximumLength, lowercases: settings?.lowercases ?? false, on: backend)
        early = loaded.model as? any EarlyExitClassifier
    }

    var config: BertConfig { loaded.config }
    var hasOffRamps: Bool { early != nil }

    /// Creates a call whose records consist of texts or pairs.
    ///
    /// - Parameters:
    ///   - policy: The exit policy; nil to use the checkpoint's own.
    ///   - truncation: The truncation of pairs, if `options` allow it.
    ///   - texts: Returns the texts of a record.
    /// - Throws: ``BertError`` with code `invalidArgument` for a policy that the model doesn't support.
    func call<Record, Output>(
        policy: ExitPolicy?, options: TextOptions, truncation: Truncation = .longestFirst,
        texts: @escaping @Sendable (Record) -> [PairedText],
        finish: @escaping @Sendable (Record, ArraySlice<Row>) throws -> Output
    ) throws -> PipelineCall<Record, Output> {
        guard policy == nil || policy == .never || hasOffRamps else {
            throw BertError(
                .invalidArgument, "\(loaded.name) has no off-ramps, so early exit is not supported; omit the policy",
                key: "policy")
        }
        return PipelineCall(
            kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [loaded] record in
            try texts(record).map { try loaded.text.encode($0, options, truncation: truncation) }
        } forward: { [self] batch in
            try rows(loaded.input(batch), policy)
        } finish: { record, _, rows in
            try finish(record, rows)
        }
    }

    /// Creates a call that computes all off-ramps for each text.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if there are none.
    func passages(options: TextOptions) throws -> PipelineCall<PairedText, OffRampPassage> {
        guard let early else {
            throw BertError(.invalidArgument, "\(loaded.name) has no off-ramps, so early exit is not supported")
        }
        return PipelineCall(
            kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [loaded] text in
            [try loaded.text.encode(PairedText(text.text, pair: text.pair == "" ? nil : text.pair), options)]
        } forward: { [loaded] batch -> [OffRampPassage] in
            let output = try early.classify(loaded.input(batch), policy: .never, offRamps: true)
            let (values, width) = (try loaded.backend.floats(output.logits), loaded.config.numLabels)
            return batch.encodings.indices.map { row in
                OffRampPassage(
                    offRamps: output.offRamps?[row].map(\.logits) ?? [],
                    logits: Array(values[row * width..<(row + 1) * width]), tokens: batch.encodings[row].count)
            }
        } finish: { _, _, rows in
            rows[rows.startIndex]
        }
    }

    private func rows(_ input: ModelInput, _ policy: ExitPolicy?) throws -> [Row] {
        let (logits, layers): (Tensor, [Int]?)
        if let early {
            let output = try early.classify(input, policy: policy, offRamps: false)
            (logits, layers) = (output.logits, output.exitLayer)
        } else {
            (logits, layers) = (try loaded.model.forward(input, labels: nil, options: ForwardOptions()).logits, nil)
        }
        let (values, width) = (try loaded.backend.floats(logits), config.numLabels)
        return input.lengths.indices.map { row in
            Row(
                logits: Array(values[row * width..<(row + 1) * width]),
                exitLayer: layers?[row] ?? config.numHiddenLayers)
        }
    }
}
