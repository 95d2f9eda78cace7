import BertCheckpoints
import BertCore

/// Detection of a prefix that a wrapper added to all parameter names: `module.` (DataParallel), `_orig_mod.`
/// (torch.compile), `model.` (Lightning), or any other attribute that held the model when its weights were saved.
enum WrapperPrefix {
    /// Returns the prefix of a model's parameters in a checkpoint; empty if there is none.
    ///
    /// A prefix is valid only if the checkpoint contains no parameter of the trunk without it, and every parameter of
    /// the trunk with it.
    ///
    /// - Parameter basePrefix: The prefix of the trunk in a model with a head, for example `bert`.
    /// - Throws: ``BertError`` `.weightsMismatch` if several prefixes are possible.
    static func find(_ specs: [ParameterSpec], _ checkpoint: Checkpoint, basePrefix: String) throws -> String {
        let base = basePrefix + "."
        let isHead = specs.contains { $0.name.hasPrefix(base) }
        // The names without the trunk's prefix, which the checkpoint may or may not have.
        let trunk = specs.filter { !$0.isOptional && $0.tiedTo == nil && (!isHead || $0.name.hasPrefix(base)) }
            .map { isHead ? String($0.name.dropFirst(base.count)) : $0.name }
        guard let first = trunk.first,
            !trunk.contains(where: { checkpoint.contains($0) || checkpoint.contains(base + $0) })
        else { return "" }
        var prefixes: Set<String> = []
        for name in checkpoint.names where name.hasSuffix("." + first) {
            let whole = String(name.dropLast(first.count))
            guard trunk.allSatisfy({ checkpoint.contains(whole + $0) }) else { continue }
            prefixes.insert(whole.hasSuffix("." + base) ? String(whole.dropLast(base.count)) : whole)
        }
        // The trunks of other families have parameters with the same names and different meanings.
        let families = try ModelCatalogue.shared.families
        prefixes = prefixes.filter { prefix in
            let last = prefix.dropLast().split(separator: ".").last.map(String.init) ?? ""
            return last == "model" || !families.contains { $0.prefix == last }
        }
        guard prefixes.count <= 1 else {
            throw BertError(
                .weightsMismatch,
                """
                the checkpoint contains the model's parameters more than once, with the prefixes \
                \(prefixes.sorted().joined(separator: ", ")); only save the weights of one of them
                """, file: checkpoint.source, choices: prefixes.sorted())
        }
        return prefixes.first ?? ""
    }
}
