import BertCheckpoints

/// Which tensor of a checkpoint is which parameter of a model.
struct CheckpointKeys {
    private let checkpoint: Checkpoint
    private let prefix: String
    /// Whether the checkpoint's trunk has the prefix.
    private let hasPrefix: Bool
    /// Whether the model's trunk has none.
    private let isBare: Bool
    /// The names tied to a parameter.
    private let tied: [String: [String]]
    /// The checkpoint's tensors that are no parameter of the model, sorted.
    private(set) var unexpected: [String] = []

    init(_ specs: [ParameterSpec], _ checkpoint: Checkpoint, basePrefix: String) {
        let prefix = basePrefix + "."
        self.checkpoint = checkpoint
        self.prefix = prefix
        hasPrefix = checkpoint.names.contains { $0.hasPrefix(prefix) }
        isBare = !specs.contains { $0.name.hasPrefix(prefix) }
        tied = specs.reduce(into: [:]) { tied, spec in
            if let target = spec.tiedTo { tied[target, default: []].append(spec.name) }
        }
        let expected = Set(specs.map { key($0.name) })
        unexpected = checkpoint.names.filter { !expected.contains($0) && !Self.isBuffer($0) }.sorted()
    }

    /// The tensor that holds a parameter's values, if there is one.
    func tensor(for spec: ParameterSpec) -> StoredTensor? {
        checkpoint.first(of: ([spec.tiedTo ?? spec.name, spec.name] + (tied[spec.name] ?? [])).map(key))
            .flatMap { checkpoint[$0] }
    }

    /// What the checkpoint would call a parameter.
    private func key(_ name: String) -> String {
        if isBare { return hasPrefix ? prefix + name : name }
        return !hasPrefix && name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    /// Index tables that older versions of `transformers` saved along with the parameters.
    private static func isBuffer(_ name: String) -> Bool {
        name.hasSuffix("embeddings.position_ids") || name.hasSuffix("embeddings.token_type_ids")
    }
}
