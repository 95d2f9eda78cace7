import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// Texts in, a score for each label out: what all pipelines over sequence classifiers have in common.
struct SequenceScorer: Sendable {
    /// What the model said of one text, and after which layer.
    struct Row {
        let logits: [Float]
        let exitLayer: Int
    }

    let config: BertConfig
    let backend: any ComputeBackend
    private let model: any SequenceClassificationModel
    private let text: TextEncoder

    /// Loads the class that the folder says it is made for, or the one named.
    init(_ files: ModelFiles, as className: String?, on backend: any ComputeBackend) throws {
        config = try BertConfig(files)
        let entry = try ModelCatalogue.shared.entry(
            className ?? ModelCatalogue.shared.className(for: config))
        guard let type = entry.modelType as? any SequenceClassificationModel.Type else {
            let known = try ModelCatalogue.shared.entries.filter {
                $0.modelType is any SequenceClassificationModel.Type
            }
            throw BertError(
                .invalidConfiguration,
                """
                \(files.location) is a \(entry.name), which does not classify texts; \
                one of \(known.map(\.name).joined(separator: ", ")) does
                """)
        }
        text = try TextEncoder(files, maximumLength: nil, config: config)
        model = try type.fromPretrained(files, on: backend, options: .strict)
        self.backend = backend
    }

    /// The most tokens of a text or a pair, special ones included.
    var maximumLength: Int { text.maximumLength }
    /// Whether texts may leave before the last layer.
    var hasOffRamps: Bool { model is any EarlyExitClassifier }

    /// What the model says of each text, in their order.
    ///
    /// - Parameters:
    ///   - policy: when a text leaves the network; the checkpoint's own policy if nil.
    ///   - truncation: how a pair is cut if `options` allow it.
    func rows(
        _ texts: [PairedText], policy: ExitPolicy?, options: TextOptions, truncation: Truncation = .longestFirst
    ) throws -> [Row] {
        guard policy == nil || policy == .never || hasOffRamps else {
            throw BertError(
                .invalidArgument,
                "\(Swift.type(of: model).modelName) has no off-ramps, so that no text can leave it early; ask for no policy"
            )
        }
        let encodings = try text.encode(texts, options, truncation: truncation)
        var rows = [Row?](repeating: nil, count: texts.count)
        for batch in TextBatches(encodings, tokenBudget: options.tokenBudget).batches {
            var input = batch.input
            // Of these families the tokenizer gives no types, whatever its template says.
            if config.family.tokenTypes != .fromTokenizer { input.tokenTypes = nil }
            let (logits, layers) = try forward(input, policy)
            for (row, place) in batch.places.enumerated() {
                let values = Array(logits[row * config.numLabels..<(row + 1) * config.numLabels])
                rows[place] = Row(logits: values, exitLayer: layers?[row] ?? config.numHiddenLayers)
            }
        }
        return rows.compactMap { $0 }
    }

    private func forward(_ input: ModelInput, _ policy: ExitPolicy?) throws -> (logits: [Float], layers: [Int]?) {
        guard let model = model as? any EarlyExitClassifier else {
            return (try backend.floats(model.forward(input, labels: nil, options: ForwardOptions()).logits), nil)
        }
        let output = try model.classify(input, policy: policy, offRamps: false)
        return (try backend.floats(output.logits), output.exitLayer)
    }
}
