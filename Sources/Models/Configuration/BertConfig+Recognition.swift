import BertCheckpoints
import BertCore
import BertJSON

// Research code saves configurations without `model_type` and with the class names of `transformers`: castorini's
// DeeBERT and JetRunner's PABEE. Such checkpoints are recognized by the names of their tensors.

extension ModelCatalogue {
    /// Returns the family of a checkpoint whose configuration doesn't specify one, by the prefix of its tensor names.
    ///
    /// Returns nil if the configuration specifies a family, there are no weights, or the family is ambiguous.
    func familyByTensors(of files: ModelFiles, _ config: JSONValue) throws -> ModelFamily? {
        guard config["model_type"]?.stringValue == nil else { return nil }
        let classes = config["architectures"]?.arrayValue?.compactMap(\.stringValue) ?? []
        guard try !entries.contains(where: { classes.contains($0.name) }) else { return nil }
        guard let checkpoint = try? Checkpoint(files) else { return nil }
        let prefixes = Set(checkpoint.names.flatMap { $0.split(separator: ".").dropLast().map(String.init) })
        let families = try families.filter { $0.isVariant == nil && prefixes.contains($0.prefix(BertConfig($0))) }
        // Families that share a prefix differ only in `model_type`.
        guard Set(families.map { $0.prefix(BertConfig($0)) }).count == 1, let family = families.first else {
            return nil
        }
        tellNotice(files, "has no model_type; detected \(family.title) from the tensors")
        return family
    }
}

extension BertConfig {
    /// Sets ``architectures`` to the early-exit class whose parameters the checkpoint contains, if it specifies a plain
    /// sequence classifier or nothing.
    mutating func recogniseEarlyExits(_ files: ModelFiles) throws {
        let plain = family.model(for: .sequenceClassification)?.modelName
        let candidates = family.otherClasses.filter { $0 is any EarlyExitClassifier.Type }
        guard !candidates.isEmpty, architectures.first == nil || architectures.first == plain,
            let checkpoint = try? Checkpoint(files)
        else { return }
        let found = candidates.first { model in
            guard let report = try? model.loadingReport(self, checkpoint) else { return false }
            return report.missingKeys.isEmpty && report.mismatchedKeys.isEmpty
        }
        guard let found else { return }
        architectures = [found.modelName]
        tellNotice(files, "loading it as \(found.modelName), detected from the tensors")
    }
}

private func tellNotice(_ files: ModelFiles, _ message: String) {
    BackendRegistry.shared.tell(BackendEvent(.notice, "\(files.path(of: BertConfig.fileName)): \(message)"))
}
