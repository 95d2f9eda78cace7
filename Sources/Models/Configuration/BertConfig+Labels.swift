import BertCore
import BertJSON

extension BertConfig {
    /// Reads `id2label`, `num_labels` and `label2id` like `transformers`.
    ///
    /// The number of labels is the size of `id2label`, regardless of `num_labels`. Names can be any JSON value. Ids may
    /// start at 1 or have gaps; code that needs names calls ``checkLabelNames(source:)``. Without `id2label`, the
    /// labels are `LABEL_0`, … and `label2id` is ignored.
    mutating func readLabels(_ node: JSONNode) throws {
        let count = try node["num_labels"]?.int(in: 0...Self.maximumLabels)
        guard let map = node["id2label"] else {
            if let count { setNumLabels(count) }
            return
        }
        let members = try map.members()
        var names: [Int: String] = [:]
        for (key, label) in members {
            guard let id = Int(key.trimmed) else {
                throw label.failure(.typeMismatch, "expected a number as the label id")
            }
            guard names.updateValue(label.value.stringValue ?? label.value.serialized(), forKey: id) == nil else {
                throw label.failure(.typeMismatch, "the id \(id) appears twice")
            }
        }
        setLabels(names.keys.sorted().prefix(members.count).map { names[$0] ?? "" })
        unnamedLabels = members.indices.filter { names[$0] == nil }
        if unnamedLabels.isEmpty { setLabels(members.indices.map { names[$0] ?? "" }) }
        if let count, count != members.count {
            BackendRegistry.shared.tell(
                BackendEvent(
                    .notice,
                    """
                    \(node.source ?? Self.fileName): num_labels is \(count), but id2label has \(members.count) labels; \
                    id2label takes precedence
                    """))
        }
        guard let map = node["label2id"] else { return }
        label2id = [:]
        for (label, id) in try map.members() {
            // Ids that aren't numbers aren't used, but are preserved when the configuration is written.
            label2id[label] = (try? id.int()) ?? id.value.stringValue.flatMap { Int($0) }
        }
    }

    /// Checks that every output of a classifier has a name.
    ///
    /// - Parameter source: The path of the configuration.
    /// - Throws: ``BertError`` with code `invalidConfiguration` and key `id2label`.
    package func checkLabelNames(source: String) throws {
        guard let first = unnamedLabels.first else { return }
        throw BertError(
            .invalidConfiguration,
            "has no name for the label \(first); labels must be numbered from 0 to \(numLabels - 1)",
            file: source, key: "id2label", value: .int(first))
    }
}
