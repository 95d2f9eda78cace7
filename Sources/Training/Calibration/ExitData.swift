import BertCore
import BertModels
public import BertPipelines

/// The outputs of all of a model's off-ramps for texts. They are sufficient to evaluate any exit policy.
public struct ExitData: Sendable {
    /// The outputs for a text.
    public struct Text: Sendable {
        /// The logits of each off-ramp, `[layers][labels]`.
        public var offRamps: [[Float]]
        /// The logits of the model's own head.
        public var logits: [Float]
        /// The number of tokens in the text, including special tokens.
        public var tokens: Int
        /// The index of the label, or nil if it is unknown.
        public var label: Int?

        /// Creates the outputs for a text.
        public init(offRamps: [[Float]], logits: [Float], tokens: Int, label: Int?) {
            self.offRamps = offRamps
            self.logits = logits
            self.tokens = tokens
            self.label = label
        }

        /// Creates the outputs for a text from a model's output.
        public init(_ passage: OffRampPassage, label: Int?) {
            self.init(offRamps: passage.offRamps, logits: passage.logits, tokens: passage.tokens, label: label)
        }
    }

    /// The texts.
    public let texts: [Text]
    /// The number of layers of the model.
    public let layerCount: Int
    /// The number of labels of the model.
    public let labelCount: Int
    /// Whether the texts have labels. Either all texts have a label, or none.
    public let isLabelled: Bool

    /// The predicted class of each off-ramp and the head, `[layers + 1][texts]`.
    let answers: [[Int]]
    /// The entropy of each off-ramp, `[layers][texts]`.
    let entropies: [[Float]]
    /// Whether an answer counts as lost, `[layers + 1][texts]`. With labels, this means that the whole model is correct
    /// and the off-ramp isn't. Without labels, it means that the off-ramp's answer isn't the whole model's.
    let isLost: [[Bool]]

    /// - Throws: ``BertError`` with code `invalidInput` if there are no texts, if only some have labels, or if their
    ///   logits don't all have the same shape, aren't finite, or have fewer than two labels.
    public init(_ texts: [Text]) throws {
        guard let first = texts.first else {
            throw BertError(.invalidInput, "there are no texts for calibration")
        }
        let (layers, labels) = (first.offRamps.count, first.logits.count)
        guard labels > 1, layers > 1 else {
            throw BertError(
                .invalidInput,
                "calibration requires several layers and labels; the model has \(layers) layers and \(labels) labels")
        }
        for (index, text) in texts.enumerated() {
            let rows = text.offRamps + [text.logits]
            guard rows.count == layers + 1, rows.allSatisfy({ $0.count == labels }) else {
                throw BertError(.invalidInput, "its logits have another shape", record: index, of: "text")
            }
            guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                throw BertError(
                    .invalidInput, "the model returned logits that are not numbers", record: index, of: "text")
            }
            guard (text.label == nil) == (first.label == nil) else {
                throw BertError(
                    .invalidInput, "either all texts must have a label, or none", record: index, of: "text")
            }
            if let label = text.label, !(0..<labels).contains(label) {
                throw BertError(
                    .invalidInput, "the label \(label) is out of range; labels are 0 to \(labels - 1)", record: index,
                    of: "text")
            }
        }
        self.texts = texts
        layerCount = layers
        labelCount = labels
        isLabelled = first.label != nil
        let answers = (0...layers).map { layer in
            texts.map { argmax(layer < layers ? $0.offRamps[layer] : $0.logits) }
        }
        self.answers = answers
        entropies = (0..<layers).map { layer in texts.map { entropy($0.offRamps[layer]) } }
        isLost = answers.map { answer in
            texts.indices.map { index in
                let whole = answers[layers][index]
                guard let label = texts[index].label else { return answer[index] != whole }
                return whole == label && answer[index] != label
            }
        }
    }

    /// Returns some of the texts.
    func part(_ indices: [Int]) -> ExitData { ExitData(self, indices) }

    private init(_ whole: ExitData, _ indices: [Int]) {
        texts = indices.map { whole.texts[$0] }
        (layerCount, labelCount, isLabelled) = (whole.layerCount, whole.labelCount, whole.isLabelled)
        answers = whole.answers.map { row in indices.map { row[$0] } }
        entropies = whole.entropies.map { row in indices.map { row[$0] } }
        isLost = whole.isLost.map { row in indices.map { row[$0] } }
    }

    /// Returns the share of texts for which an off-ramp predicts the label, or nil without labels. The index
    /// `layerCount` means the model's own head.
    public func accuracy(after layer: Int) -> Double? {
        guard isLabelled else { return nil }
        return Double(texts.indices.count { answers[layer][$0] == texts[$0].label }) / Double(texts.count)
    }

    /// Returns the share of texts for which an off-ramp predicts the whole model's answer.
    public func agreement(after layer: Int) -> Double {
        Double(texts.indices.count { answers[layer][$0] == answers[layerCount][$0] }) / Double(texts.count)
    }
}
