public import BertCore
public import BertModels
public import BertTraining

/// The training objective of ``BertForMarginClassification``: the multi-class hinge loss of Crammer and Singer (2001)
/// with margin 1, averaged over texts and layers.
///
/// - Throws: `BertError` if the model has another class or the labels are not one class per text; errors of the
///   backend.
public func marginLoss(
    _ model: any BertPreTrainedModel, _ input: ModelInput, _ target: TrainingTarget
) throws -> ObjectiveOutcome {
    guard let model = model as? BertForMarginClassification, case .sequences(.classes(let labels)) = target else {
        throw BertError(
            .unsupported, "the margin loss is that of BertForMarginClassification, of one class for each text")
    }
    let layers = try model.allLogits(input).offRamps.sorted { $0.key < $1.key }.map(\.value)
    let share = 1 / Double(layers.count * labels.count)
    var outcome = ObjectiveOutcome()
    for logits in layers {
        let values = try model.backend.floats(logits)
        var gradient = [Float](repeating: 0, count: values.count)
        let classes = values.count / labels.count
        for (text, label) in labels.enumerated() {
            let row = text * classes
            let right = row + Int(label)
            guard let best = (row..<row + classes).filter({ $0 != right }).max(by: { values[$0] < values[$1] }),
                1 + values[best] > values[right]
            else { continue }
            outcome.loss += share * Double(1 + values[best] - values[right])
            gradient[best] = Float(share)
            gradient[right] = -Float(share)
        }
        outcome.seeds.append((logits, try model.backend.constant(gradient, shape: logits.shape)))
    }
    return outcome
}
