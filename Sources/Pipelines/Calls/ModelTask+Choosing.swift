package import BertCheckpoints
import BertCore
package import BertModels

extension ModelTask {
    /// Returns the name of the class that a pipeline for this task loads: the requested one, the one in `architectures`
    /// if it supports the task, or the class of the family for the task.
    ///
    /// - Throws: ``BertError`` if the configuration can't be read, or with code `unknownName`, `unsupported` or
    ///   `invalidConfiguration` if there is no such class.
    package func className(_ files: ModelFiles, as className: String?) throws -> String {
        try entry(BertConfig(files), as: className, files).name
    }

    func entry(_ config: BertConfig, as className: String?, _ files: ModelFiles) throws -> CatalogueEntry {
        let catalogue = ModelCatalogue.shared
        if let className { return try checked(catalogue.entry(className), files) }
        guard let own = config.architectures.first else { return try catalogue.entry(for: self, of: config.family) }
        guard let entry = try catalogue.entries.first(where: { $0.name == own }) else {
            let entry = try catalogue.entry(for: self, of: config.family)
            BackendRegistry.shared.tell(
                BackendEvent(
                    .notice,
                    """
                    \(files.path(of: BertConfig.fileName)) has the unknown class \(own); loading \
                    \(entry.name), the class of its model_type for this task
                    """))
            return entry
        }
        if isDone(by: entry.modelType) { return entry }
        // Checkpoints with other heads contain the trunk. As in Python, the weights decide about the head.
        let suited = try catalogue.entry(for: self, of: config.family)
        if self == .encoder { return suited }
        let report = try suited.modelType.loadingReport(config, Checkpoint(files))
        guard report.missingKeys.isEmpty else {
            if self != .sequenceClassification { return suited }
            throw BertError(
                .invalidConfiguration,
                """
                \(own) is not a class for \(self), and the weights have no \(report.missingKeys[0]), which \
                \(suited.name) requires; use a model that was fine-tuned for this task
                """, file: files.location, key: "architectures", value: .string(own), choices: [suited.name])
        }
        BackendRegistry.shared.tell(
            BackendEvent(
                .notice,
                """
                \(files.path(of: BertConfig.fileName)) has the class \(own); loading \(suited.name), whose head the \
                weights contain
                """))
        return suited
    }

    private func checked(_ entry: CatalogueEntry, _ files: ModelFiles) throws -> CatalogueEntry {
        guard !isDone(by: entry.modelType) else { return entry }
        let able = try ModelCatalogue.shared.entries.filter { isDone(by: $0.modelType) }.map(\.name)
        throw BertError(
            .invalidConfiguration,
            "\(entry.name) is not a class for \(self); these are: \(able.joined(separator: ", "))",
            file: files.location, key: "class", value: .string(entry.name), choices: able)
    }
}
