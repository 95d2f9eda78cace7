public import BertCheckpoints
public import BertCore

/// The parameter values of a model by name, loaded from a checkpoint or newly initialized.
///
/// Values of a memory-mapped checkpoint stay in its file until a backend uses them.
public struct ParameterStore: Sendable {
    /// The report of how the checkpoint was loaded.
    public let report: LoadingReport
    /// The names of the parameters, in the order of the model.
    public let names: [String]
    private var tensors: [String: StoredTensor]
    /// The provider of the model's tensors; nil if values are uploaded to the backend individually.
    private(set) var source: (any ParameterSource)?
    /// The packed weights next to the checkpoint.
    var packed: PackedWeights?

    /// Creates a store from values with the model's parameter names.
    init(_ values: [(name: String, tensor: StoredTensor)], report: LoadingReport = LoadingReport()) {
        self.report = report
        names = values.map(\.name)
        tensors = Dictionary(values.map { ($0.name, $0.tensor) }) { first, _ in first }
    }

    /// Finds all parameters in a checkpoint.
    ///
    /// The keys of the checkpoint may or may not have the prefix of the base model, so checkpoints of head models load
    /// into bare models and vice versa. Older names (`LayerNorm.gamma`, `LayerNorm.beta`) are mapped to the current
    /// ones, and index buffers of older versions are ignored. Tied parameters are found under either name.
    ///
    /// - Parameters:
    ///   - model: The name of the class, for messages.
    ///   - basePrefix: The prefix of the trunk in a head model, for example `bert`.
    /// - Throws: ``BertError`` with code `weightsMismatch` that lists missing parameters, if they aren't allowed, or
    ///   parameters of different shapes.
    init(
        _ specs: [ParameterSpec], from checkpoint: Checkpoint, model: String, basePrefix: String,
        initializerRange: Double, options: LoadingOptions
    ) throws {
        let keys = CheckpointKeys(specs, checkpoint, basePrefix: basePrefix)
        for spec in specs where keys.tensor(for: spec) == nil { try keys.checkUsable(spec) }
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
                the weights don't have the shapes in config.json; \(report.mismatchedKeys.joined(separator: "; ")). \
                Correct config.json. LoadingOptions can also initialize such parameters anew
                """, file: checkpoint.source,
                key: specs.first { spec in keys.tensor(for: spec).map { $0.shape != Array(spec.shape) } ?? false }?.name
            )
        }
        if !required.isEmpty, generator == nil {
            throw BertError(
                .weightsMismatch,
                """
                the checkpoint has no values for \(required.count) of the \(specs.count) parameters of \(model): \
                \(Self.list(required)). Load the class that the checkpoint was saved from, or fine-tune the model first. \
                LoadingOptions can also initialize such parameters
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
                \(checkpoint.source) has no values for \(required.count) of the \(specs.count) parameters of \(model), which are newly \
                initialized: \(required.joined(separator: ", ")); results that depend on them are meaningless until the model is \
                trained
                """)
        }
        self.init(specs.compactMap { spec in values[spec.name].map { (spec.name, $0) } }, report: report)
    }

    /// Returns the parameters for a different configuration of the model, each derived from the current one. Tied
    /// parameters stay tied.
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

    /// Returns a copy whose tensors are provided by `source`, on the model's backend.
    public func supplied(by source: any ParameterSource) -> ParameterStore {
        var store = self
        store.source = source
        return store
    }

    /// Returns a copy with new float32 values for some parameters. The number of values must not change.
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

    /// Returns a copy without the values of some parameters, whose memory is released. Only their names and shapes can
    /// be used until ``replacing(_:)`` provides new values.
    public func withoutValues(of released: some Sequence<String>) -> ParameterStore {
        var copy = self
        copy.packed = nil
        for name in released {
            guard let old = tensors[name] else { continue }
            copy.tensors[name] = StoredTensor(
                name: old.name, type: old.type, shape: old.shape, data: HostBuffer([UInt8]()), source: old.source)
        }
        return copy
    }

    /// Returns a parameter in its stored form, or nil if the model has none with this name. The tensor's own name is
    /// the one in its file.
    public subscript(name: String) -> StoredTensor? { tensors[name] }

    /// Returns the values of a parameter as float32, in row-major order.
    func values(_ name: String) throws -> HostBuffer { try tensor(name).float32() }

    /// Returns the shape of a parameter.
    func shape(_ name: String) throws -> Shape { try Shape(checking: tensor(name).shape) }

    private func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = tensors[name] else {
            throw BertError(.weightsMismatch, "the model has no such parameter", key: name)
        }
        return tensor
    }

    /// Returns the first names and the number of the others.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}

extension LoadingReport {
    /// Compares a checkpoint with parameters.
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
    /// Returns the newly initialized parameter.
    fileprivate func newTensor(range: Double, _ generator: inout SeededGenerator?) -> StoredTensor {
        StoredTensor(
            name: name, type: .float32, shape: Array(shape), data: newValue(range: range, &generator),
            source: "the initialized weights")
    }

    private func newValue(range: Double, _ generator: inout SeededGenerator?) -> HostBuffer {
        let count = shape.elementCount
        switch initialisation {
        case .zeros: return HostBuffer([Float](repeating: 0, count: count))
        case .ones: return HostBuffer([Float](repeating: 1, count: count))
        case .normal, .normalExceptRow:
            var zeros = 0..<0
            if case .normalExceptRow(let row) = initialisation, shape.count == 2, (0..<shape[0]).contains(row) {
                zeros = row * shape[1]..<(row + 1) * shape[1]
            }
            return generator?.nextNormals(count, times: range, exceptAt: zeros)
                ?? HostBuffer([Float](repeating: 0, count: count))
        }
    }
}
