package import BertCheckpoints
import BertCore
package import BertModels

extension ModelTask {
    /// The name of the class that a pipeline for this task loads: the one asked for, or that of `architectures` if it does
    /// the task, or else the one that the family of the `model_type` has for the task.
    ///
    /// - Throws: ``BertError`` if the configuration can't be read; with code `unknownName`, `unsupported` or
    ///   `invalidConfiguration` if there is no such class.
    package func className(_ files: ModelFiles, as className: String?) throws -> String {
        try entry(BertConfig(files), as: className, files).name
    }

    func entry(_ config: BertConfig, as className: String?, _ files: ModelFiles) throws -> CatalogueEntry {
        let catalogue = ModelCatalogue.shared
        if let className { return try checked(catalogue.entry(className), files, key: "class") }
        guard let own = config.architectures.first else { return try catalogue.entry(for: self, of: config.family) }
        guard let entry = try catalogue.entries.first(where: { $0.name == own }) else {
            let entry = try catalogue.entry(for: self, of: config.family)
            BackendRegistry.shared.tell(
                BackendEvent(
                    .notice,
                    """
                    \(files.path(of: BertConfig.fileName)) names the class \(own), which is not known here; loading \
                    \(entry.name), the class of its model_type for this task
                    """))
            return entry
        }
        if isDone(by: entry.modelType) { return entry }
        // Other heads have the trunk, and a pre-training head has that of masked words, but a classifier's head is
        // somebody else's training.
        return self == .sequenceClassification
            ? try checked(entry, files, key: "architectures") : try catalogue.entry(for: self, of: config.family)
    }

    private func checked(_ entry: CatalogueEntry, _ files: ModelFiles, key: String) throws -> CatalogueEntry {
        guard !isDone(by: entry.modelType) else { return entry }
        let able = try ModelCatalogue.shared.entries.filter { isDone(by: $0.modelType) }.map(\.name)
        throw BertError(
            .invalidConfiguration,
            "\(entry.name) is not a class for \(self); these are: \(able.joined(separator: ", "))",
            file: files.location, key: key, value: .string(entry.name))
    }
}
