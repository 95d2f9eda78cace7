import BertCore

/// The models of a server by name and alias.
struct ModelShelf: Sendable {
    /// The models in the given order.
    let models: [ServedModel]
    private let byName: [String: ServedModel]
    /// The names in descending order of length, so that a path matches the longest name.
    private let names: [String]

    /// - Throws: `BertError` with code `invalidArgument` for two models with the same name, or an alias of an unknown
    ///   model.
    init(_ models: [ServedModel], aliases: [String: String]) throws {
        var byName: [String: ServedModel] = [:]
        for model in models {
            guard !model.name.isEmpty else {
                throw BertError(.invalidArgument, "a model has an empty name")
            }
            guard byName.updateValue(model, forKey: model.name) == nil else {
                throw BertError(
                    .invalidArgument,
                    "two models have the name \"\(model.name)\"; rename one of them with --model NAME=FOLDER")
            }
        }
        for (alias, name) in aliases.sorted(by: { $0.key < $1.key }) {
            guard let model = byName[name] else {
                throw BertError(
                    .unknownName,
                    "the alias \"\(alias)\" refers to the unknown model \"\(name)\"; the models are "
                        + models.map(\.name).joined(separator: ", "))
            }
            guard byName.updateValue(model, forKey: alias) == nil else {
                throw BertError(.invalidArgument, "the alias \"\(alias)\" is already used")
            }
        }
        self.models = models
        self.byName = byName
        names = byName.keys.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The memory of all loaded models in bytes. A model with several names counts once.
    var memory: Int {
        var counted: Set<ObjectIdentifier> = []
        return models.reduce(0) { total, served in
            guard let model = served.loaded, counted.insert(ObjectIdentifier(model)).inserted else { return total }
            return total + model.memory
        }
    }

    /// Returns the model with a name or alias.
    ///
    /// - Throws: ``ServingError`` with code `modelNotFound` that lists the names.
    func model(_ name: String) throws(ServingError) -> ServedModel {
        if let model = byName[name] { return model }
        // The time to compute distances is quadratic in the length of the name, which isn't trusted.
        let near = name.utf8.count <= 200 ? Spelling.nearest(to: name, among: names) : nil
        let hint = near.map { "; did you mean \"\($0)\"?" } ?? "."
        throw ServingError(
            .modelNotFound,
            "no model called \"\(Self.shortened(name))\" is served\(hint) The models are: "
                + models.map(\.name).joined(separator: ", "),
            parameter: "model")
    }

    /// Returns the model whose name is the prefix of a path, and the rest of the path.
    func model(inPath path: String) -> (model: ServedModel, rest: String)? {
        for name in names where path.hasPrefix(name) {
            let rest = String(path.dropFirst(name.count))
            if rest.isEmpty || rest.hasPrefix("/"), let model = byName[name] { return (model, rest) }
        }
        return nil
    }

    private static func shortened(_ name: String) -> String { name.count > 80 ? name.prefix(79) + "…" : name }
}
