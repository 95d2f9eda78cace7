import BertCheckpoints
import BertCore
import BertModels

/// The off-ramps of a DeeBERT model that training starts from or leaves out.
///
/// DeeBERT's second stage starts with the trunk's pooler in every off-ramp (`init_highway_pooler` of the research code)
/// and never trains the last off-ramp, although sequences may exit there. Here the last off-ramp then copies the final
/// classifier, which reads the same hidden state, so an exit there gives the model's final answer.
struct OffRampInitialisation {
    /// The names of an off-ramp's parameters and of the parameters at the end that correspond to them.
    private let last: [(offRamp: String, final: String)]
    /// The names of the weights and biases of all poolers of off-ramps, and of the trunk's.
    private let poolers: [(offRamp: String, trunk: String)]

    /// - Returns: nil unless the model has off-ramps with poolers of their own, none of which has been trained.
    init?(_ subject: TrainingSubject) throws {
        let names = subject.store.names
        guard subject.modelType is any EarlyExitClassifier.Type, names.contains("classifier.weight"),
            let marker = names.first(where: { $0.contains("encoder.highway.0.") }),
            let start = marker.firstRange(of: "encoder.highway.")?.lowerBound
        else { return nil }
        let prefix = String(marker[..<start])
        let layers = subject.config.numHiddenLayers
        func name(_ layer: Int, _ part: String) -> String { "\(prefix)encoder.highway.\(layer).\(part)" }
        let (poolerParts, classifierParts) = (
            ["pooler.dense.weight", "pooler.dense.bias"], ["classifier.weight", "classifier.bias"]
        )
        let trunkParts = ["weight", "bias"].map { "\(prefix)\(subject.modelType.family.poolerName).\($0)" }
        func pairs(_ layer: Int) -> [(String, String)] {
            zip(poolerParts, trunkParts).map { (name(layer, $0.0), $0.1) }
        }
        poolers = (0..<layers).flatMap(pairs)
        last =
            pairs(layers - 1)
            + classifierParts.map { (name(layers - 1, $0), $0) }
        let isNew = !Set(subject.newParameters).isDisjoint(with: poolers.map(\.offRamp))
        let weights = (0..<layers).map { name($0, poolerParts[0]) }
        guard try isNew || Self.areEqual(subject.store, weights) else { return nil }
    }

    /// Poolers that were trained differ from each other.
    private static func areEqual(_ store: ParameterStore, _ names: [String]) throws -> Bool {
        guard names.count > 1, let first = try store[names[0]]?.float32() else { return false }
        let bytes = first.withUnsafeBytes { Array($0) }
        return try names.dropFirst().allSatisfy { name in
            try store[name]?.float32().withUnsafeBytes { $0.elementsEqual(bytes) } == true
        }
    }

    /// Copies the trunk's pooler to every off-ramp.
    func copyPooler(to model: TrainableModel) throws { try copy(poolers.map { ($0.offRamp, $0.trunk) }, in: model) }

    /// Copies the final classifier to the last off-ramp.
    func copyFinalClassifier(to model: TrainableModel) throws {
        try copy(last.map { ($0.offRamp, $0.final) }, in: model)
    }

    private func copy(_ pairs: [(to: String, from: String)], in model: TrainableModel) throws {
        let places = Dictionary(
            uniqueKeysWithValues: model.parameters.enumerated().map { ($0.element.name, $0.offset) })
        for (to, from) in pairs {
            guard let place = places[to] else { continue }
            let source = try places[from].map { try model.backend.floats(model.values[$0]) } ?? model.frozenValues(from)
            model.values[place] = try model.backend.constant(source, shape: model.parameters[place].shape)
        }
    }
}
