import BertCheckpoints

/// The mapping from the parameters of a model to the tensors of a checkpoint.
struct CheckpointKeys {
    private let checkpoint: Checkpoint
    private let prefix: String
    /// Whether the checkpoint's trunk parameters have the prefix.
    private let hasPrefix: Bool
    /// Whether the model's trunk parameters have no prefix.
    private let isBare: Bool
    /// The names tied to each parameter.
    private let tied: [String: [String]]
    /// The tied biases of layers whose weight isn't tied. Their own values are used: version 5 of transformers ties
    /// none of a model's parameters if its configuration says that the decoder isn't tied to the embeddings.
    private let preferred: Set<String>
    /// The tensors of the checkpoint that aren't parameters of the model, sorted.
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
        let untied = Set(specs.filter { $0.tiedTo == nil }.map(\.name))
        preferred = Set(
            specs.map(\.name).filter { name in
                name.hasSuffix(".bias") && !untied.contains(name) && untied.contains("\(name.dropLast(4))weight")
            })
        let expected = Set(specs.map { key($0.name) })
        unexpected = checkpoint.names.filter { !expected.contains($0) && !Self.isBuffer($0) }.sorted()
    }

    /// Returns the tensor with the values of a parameter, if there is one.
    func tensor(for spec: ParameterSpec) -> StoredTensor? {
        let names = [spec.tiedTo ?? spec.name, spec.name] + (tied[spec.name] ?? [])
        return checkpoint.first(of: (names.filter(preferred.contains) + names).map(key)).flatMap { checkpoint[$0] }
    }

    /// Throws the error for a parameter whose value the checkpoint has, but not as a tensor.
    func checkUsable(_ spec: ParameterSpec) throws { try checkpoint.checkUsable(key(spec.name)) }

    /// Returns the checkpoint's name for a parameter.
    private func key(_ name: String) -> String {
        if isBare { return hasPrefix ? prefix + name : name }
        return !hasPrefix && name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    /// Returns whether a tensor is an index buffer, which older versions of `transformers` saved with the parameters.
    private static func isBuffer(_ name: String) -> Bool {
        name.hasSuffix("embeddings.position_ids") || name.hasSuffix("embeddings.token_type_ids")
    }
}
