import BertCore
import BertJSON

extension ModelCatalogue {
    /// Returns the family of a `config.json` and its `model_type`.
    ///
    /// - Parameter assumed: The family if the file doesn't specify one.
    /// - Throws: ``BertError`` with code `invalidConfiguration` and key `model_type`.
    func family(
        of node: JSONNode, architectures: [String], assuming assumed: ModelFamily?
    ) throws -> (family: ModelFamily, modelType: String) {
        let families = try families
        let object = try node.object()
        let known = families.flatMap(\.modelTypes)
        if let type = try node["model_type"]?.string() {
            let candidates = families.filter { $0.modelTypes.contains(type) }
            let family =
                candidates.first { $0.isVariant?(object) == true } ?? candidates.first { $0.isVariant == nil }
            if let family { return (family, type) }
            if let reason = families.lazy.compactMap({ $0.refusedTypes[type] }).first {
                throw BertError(.unsupported, reason, file: node.source, key: "model_type", value: .string(type))
            }
            let guess = Spelling.nearest(to: type, among: known).map { "did you mean \($0)? " } ?? ""
            throw BertError(
                .invalidConfiguration,
                """
                unknown model family "\(type)"; \(guess)known families are \
                \(Self.list(known)); plugins can add others
                """, file: node.source, key: "model_type", value: .string(type))
        }
        let entries = try entries
        let named = architectures.lazy.compactMap { name in entries.first { $0.name == name }?.modelType.family }.first
        if let family = assumed ?? named { return (family, family.modelTypes[0]) }
        throw BertError(
            .invalidConfiguration, "is missing; known values are \(Self.list(known))", file: node.source,
            key: "model_type")
    }

    private static func list(_ names: [String]) -> String {
        names.reduce(into: []) { list, name in if !list.contains(name) { list.append(name) } }
            .joined(separator: ", ")
    }
}
