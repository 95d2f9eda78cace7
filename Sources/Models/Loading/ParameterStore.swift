public import BertCheckpoints
public import BertCore

/// The values of a model's parameters, by name: from a checkpoint, or new where it has none.
///
/// Values of a mapped checkpoint stay in its file until a backend takes them.
public struct ParameterStore: Sendable {
    /// How the checkpoint fitted.
    public let report: LoadingReport
    /// The names of the parameters, in the model's order.
    public let names: [String]
    private let tensors: [String: StoredTensor]
    /// What gives the tensors that a model is built of; each parameter's value is handed to the backend if nil.
    private(set) var source: (any ParameterSource)?

    /// Parameters with their values, each under the name the model has for it.
    init(_ values: [(name: String, tensor: StoredTensor)], report: LoadingReport = LoadingReport()) {
        self.report = report
        names = values.map(\.name)
        tensors = Dictionary(values.map { ($0.name, $0.tensor) }) { first, _ in first }
    }

    /// Finds every parameter in a checkpoint.
    ///
    /// The checkpoint's keys may carry the base model's prefix or not: one saved by a head model loads into the bare
    /// model, and the other way round. Older names (`LayerNorm.gamma`, `LayerNorm.beta`) count as the present ones, and
    /// index buffers that older versions saved are no surprise. A tied parameter is found under either name.
    ///
    /// - Parameters:
    ///   - model: the class's name, for messages.
    ///   - basePrefix: what the trunk's names begin with in a head model: `bert`.
    /// - Throws: ``BertError`` with code `weightsMismatch` that names the missing parameters where none may be missing, or
    ///   every one of another shape with both shapes.
    init(
        _ specs: [ParameterSpec], from checkpoint: Checkpoint, model: String, basePrefix: String,
        initializerRange: Double, options: LoadingOptions
    ) throws {
        let keys = CheckpointKeys(specs, checkpoint, basePrefix: basePrefix)
        let report = LoadingReport(specs, keys)
        let required = specs.filter { !$0.isOptional && keys.tensor(for: $0) == nil }.map(\.name)
        var initialisesOptional = false
        var generator: SeededGenerator?
        switch options.missing {
        case .fail: break
        case .warn where required.count < specs.count { !$0.isOptional }: generator = SeededGenerator(seed: 0)
        case .warn: break
        case .initialise(let seed):
            generator = SeededGenerator(seed: seed)
            initialisesOptional = true
        }
        if !report.mismatchedKeys.isEmpty, !(options.ignoreMismatchedSizes && generator != nil) {
            throw BertError(
                .weightsMismatch,
                """
                \(checkpoint.source): the weights do not have the shapes that config.json asks for; \
                \(report.mismatchedKeys.joined(separator: "; ")). Correct config.json, or load with \
                ignoreMismatchedSizes and fresh weights
                """)
        }
        if !required.isEmpty, generator == nil {
            throw BertError(
                .weightsMismatch,
                """
                the checkpoint lacks \(required.count) of the \(specs.count) parameters of \(model): \
                \(Self.list(required)). Load the class the checkpoint was made with, or ask for fresh weights
                """, file: checkpoint.source, key: required[0])
        }
        var values: [String: StoredTensor] = [:]
        for spec in specs {
            if let tensor = keys.tensor(for: spec), tensor.shape == Array(spec.shape) {
                values[spec.name] = tensor
            } else if generator != nil, initialisesOptional || !spec.isOptional {
                values[spec.name] =
                    spec.tiedTo.flatMap { values[$0] } ?? spec.newTensor(range: initializerRange, &generator)
            }
        }
        if case .warn = options.missing, !required.isEmpty {
            options.warn(
                """
                \(checkpoint.source) lacks \(required.count) of the \(specs.count) parameters of \(model), which are \
                initialised anew: \(required.joined(separator: ", ")); what depends on them means nothing until it is \
                trained
                """)
        }
        self.init(specs.compactMap { spec in values[spec.name].map { (spec.name, $0) } }, report: report)
    }

    /// The parameters of another configuration of the model, each made from the present one; tied ones stay one.
    func changed(
        _ specs: [ParameterSpec], _ change: (ParameterSpec, StoredTensor) throws -> StoredTensor
    ) throws -> ParameterStore {
        var values: [String: StoredTensor] = [:]
        for spec in specs {
            guard let tensor = tensors[spec.name] else { continue }
            values[spec.name] = try spec.tiedTo.flatMap { values[$0] } ?? change(spec, tensor)
        }
        return ParameterStore(specs.compactMap { spec in values[spec.name].map { (spec.name, $0) } }, report: report)
    }

    /// The same parameters, of which a model is built from tensors that `source` has on the model's backend.
    public func supplied(by source: any ParameterSource) -> ParameterStore {
        var store = self
        store.source = source
        return store
    }

    /// The same parameters, some of them with other values: float32, as many as the parameter has.
    public func replacing(_ values: [String: HostBuffer]) -> ParameterStore {
        let replaced = names.compactMap { name -> (name: String, tensor: StoredTensor)? in
            guard let old = self.tensors[name] else { return nil }
            guard let value = values[name] else { return (name, old) }
            return (
                name, StoredTensor(name: name, type: .float32, shape: old.shape, data: value, source: "trained weights")
            )
        }
        return ParameterStore(replaced, report: report)
    }

    /// A parameter as it is stored, or nil if the model has none of that name; the tensor's own name is the one in its
    /// file.
    public subscript(name: String) -> StoredTensor? { tensors[name] }

    /// The values of a parameter, float32, row-major.
    func values(_ name: String) throws -> HostBuffer { try tensor(name).float32() }

    /// A parameter's shape.
    func shape(_ name: String) throws -> Shape { try Shape(checking: tensor(name).shape) }

    private func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = tensors[name] else {
            throw BertError(.weightsMismatch, "the model has no parameter \(name)")
        }
        return tensor
    }

    /// The first few names, and how many more.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}

extension LoadingReport {
    /// How a checkpoint fits these parameters.
    init(_ specs: [ParameterSpec], _ keys: CheckpointKeys) {
        for spec in specs {
            guard let tensor = keys.tensor(for: spec) else {
                missingKeys.append(spec.name)
                continue
            }
            if tensor.shape != Array(spec.shape) {
                mismatchedKeys.append("\(spec.name): \(tensor.shape) in the checkpoint, \(spec.shape) in the model")
            }
        }
        unexpectedKeys = keys.unexpected
    }
}

extension ParameterSpec {
    /// The parameter as a new model has it.
    fileprivate func newTensor(range: Double, _ generator: inout SeededGenerator?) -> StoredTensor {
        StoredTensor(
            name: name, type: .float32, shape: Array(shape), data: newValue(range: range, &generator),
            source: "the new weights")
    }

    private func newValue(range: Double, _ generator: inout SeededGenerator?) -> HostBuffer {
        let count = shape.elementCount
        switch initialisation {
        case .zeros: return HostBuffer([Float](repeating: 0, count: count))
        case .ones: return HostBuffer([Float](repeating: 1, count: count))
        case .normal, .normalExceptRow:
            var values = (0..<count).map { _ in Float((generator?.nextNormal() ?? 0) * range) }
            if case .normalExceptRow(let row) = initialisation, shape.count == 2, (0..<shape[0]).contains(row) {
                for i in row * shape[1]..<(row + 1) * shape[1] { values[i] = 0 }
            }
            return HostBuffer(values)
        }
    }
}
