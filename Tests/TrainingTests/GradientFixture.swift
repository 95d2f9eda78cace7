import BertCheckpoints
import BertCore
import BertJSON
import BertModels
import BertTraining
import TestSupport

/// A model of `Tests/Fixtures/training`, with the gradients computed by PyTorch in float64.
struct GradientFixture: Sendable, CustomStringConvertible {
    /// The name of the folder.
    let name: String

    /// Returns all models.
    static func all() throws -> [GradientFixture] {
        try ModelFiles(folder: Fixtures.path("training/models")).names.map { GradientFixture(name: $0) }
    }

    var description: String { name }
    private var folder: String { "training/models/\(name)" }

    /// Returns the cases with a loss and its gradients.
    func cases() throws -> [FixtureCase] {
        try FixtureCase.all(of: folder).filter { try $0.json.required("mode").string() == "gradient" }
    }

    /// Returns the model to train.
    func model(
        on backend: any ComputeBackend, frozen: ParameterPattern? = nil, frozenPrecision: Precision? = nil,
        exitTraining: Objective.ExitTraining? = nil, change: (inout BertConfig) -> Void = { _ in }
    ) throws -> TrainableModel {
        let files = try ModelFiles(folder: Fixtures.path(folder))
        var config = try BertConfig(files)
        change(&config)
        let source = files.path(of: "cases.json")
        let json = JSONNode(try JSONValue(parsing: files.read("cases.json"), source: source), source: source)
        let type = try ModelCatalogue().entry(json.required("arch").string()).modelType
        let store = try type.parameterStore(&config, Checkpoint(files), options: .strict)
        return try TrainableModel(
            type, config, store, on: backend, frozen: frozen, frozenPrecision: frozenPrecision,
            exitTraining: exitTraining)
    }
}

extension FixtureCase {
    /// Returns the objective of the case.
    func objective() throws -> Objective {
        let options = json.member("options")
        func number(_ name: String) throws -> Double? { try options?.member(name)?.double() }
        var objective = Objective()
        if let stage = options?.member("stage") {
            objective.exitTraining = (try? stage.int()).flatMap { .init(rawValue: "stage\($0)") } ?? .joint
        }
        if let alpha = try number("alpha"), let temperature = try number("temperature") {
            objective.distillation = Objective.Distillation(alpha: alpha, temperature: temperature)
        }
        switch name {
        case "cosine_similarity": objective.embeddingLoss = .cosineSimilarity
        case "cosent": objective.embeddingLoss = try .coSENT(scale: number("scale") ?? 0)
        case "triplet": objective.embeddingLoss = try .triplet(margin: number("margin") ?? 0)
        default: objective.embeddingLoss = try .multipleNegativesRanking(scale: number("scale") ?? 20)
        }
        return objective
    }

    /// Returns the parameters that the case freezes.
    func frozen() throws -> ParameterPattern? {
        try json.member("options")?.member("frozen_prefixes").map { prefixes in
            try ParameterPattern(prefixes.elements().map { "^" + (try $0.string()) }.joined(separator: "|"))
        }
    }

    /// Returns the mismatches of the loss and the gradients.
    func mismatches(_ outputs: [NamedTensor]) throws -> [String] {
        var got: [String: [Float]] = [:]
        for output in outputs { if case .floats(let values) = output.values { got[output.name] = values } }
        var wrong: [String] = []
        let loss = try json.required("scalars").required("loss").double()
        let gotLoss = got["loss"]?.first ?? .nan
        if !(abs(Double(gotLoss) - loss) <= 2e-5) { wrong.append("loss \(gotLoss), not \(loss)") }
        let rtol = try json.required("gradient_rtol").double()
        let facts = try json.required("gradients").members()
        for (parameter, fact) in facts {
            let gradient = got["grad.\(parameter)"]
            if fact.value == .null {
                if gradient != nil { wrong.append("\(parameter) has a gradient") }
                continue
            }
            guard let gradient else {
                wrong.append("\(parameter) has no gradient")
                continue
            }
            let tolerance = Tolerance(absolute: try fact.required("atol").double(), relative: rtol)
            if let mismatch = try tolerance.mismatch(gradient, output("grad/\(parameter)")) {
                wrong.append("\(parameter): \(mismatch)")
            }
        }
        let known = Set(facts.map { "grad.\($0.key)" })
        for name in got.keys where name.hasPrefix("grad.") && !known.contains(name) {
            wrong.append("\(name) is too much")
        }
        return wrong
    }
}
