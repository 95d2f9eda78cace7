import BertCheckpoints
public import BertCore
import BertLocks

/// A catalog of model classes, their dummies and their families.
///
/// It initially contains the classes of this package. Other packages add theirs with
/// ``register(_:origin:)-(ModelFamily,_)`` or, when their code is loaded, with
/// ``registerAtLoad(_:origin:)-(ModelFamily,_)``.
public final class ModelCatalogue: Sendable {
    /// The catalog that configurations and pipelines use.
    public static let shared = ModelCatalogue(registry: .shared)

    struct State {
        var families: [(family: ModelFamily, origin: String)] = []
        var entries: [CatalogueEntry] = []
        /// Errors of registrations at load time, when errors can't be thrown.
        var refused: [any Error] = []
    }
    private let state = ForkSafeMutex(State())
    /// The registry whose plugins are loaded before the first lookup.
    private let registry: BackendRegistry?

    /// Creates a separate catalog with the families of this package, for tests.
    public convenience init() { self.init(registry: nil) }

    private init(registry: BackendRegistry?) {
        self.registry = registry
        do {
            try state.withLock { state in
                for family in ModelFamily.builtIn { try state.add(family, origin: "BertModels") }
            }
        } catch { state.withLock { $0.refused.append(error) } }
    }

    // MARK: Registration

    /// Adds a family and its classes, or nothing if one of them can't be added. Registering the same family again has
    /// no effect.
    ///
    /// - Throws: ``BertError`` with code `duplicateModel` and both origins if another family has one of the
    ///   `model_type`s or another class has one of the names; `invalidArgument` for a class that doesn't conform to the
    ///   protocol of its task.
    public func register(_ family: ModelFamily, origin: String = #fileID) throws {
        try change { try $0.add(family, origin: origin) }
    }

    /// Adds a class of an existing family. Registering the same class again has no effect.
    ///
    /// - Throws: ``BertError`` with code `duplicateModel` and both origins if another class has the same name.
    public func register<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String = #fileID) throws {
        try change { try $0.add(CatalogueEntry(model, origin: origin)) }
    }

    /// Adds a family to the shared catalog when its code is loaded.
    ///
    /// Errors can't be thrown at that time; they are thrown by the next lookup.
    public static func registerAtLoad(_ family: ModelFamily, origin: String = #fileID) {
        atLoad("the family \(family.title)", origin) { try $0.add(family, origin: $1) }
    }

    /// Adds a class to the shared catalog when its code is loaded; see ``registerAtLoad(_:origin:)-(ModelFamily,_)``.
    public static func registerAtLoad<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String = #fileID) {
        atLoad("the class \(model.modelName)", origin) { try $0.add(CatalogueEntry(model, origin: $1)) }
    }

    private static func atLoad(
        _ name: String, _ origin: String, _ add: @escaping @Sendable (inout State, String) throws -> Void
    ) {
        let isPlugin = PluginContribution.add(name) { plugin in
            let before = shared.state.withLock { $0 }
            try shared.change { try add(&$0, "\(origin) in the plugin \(plugin)") }
            return { shared.state.withLock { $0 = before } }
        }
        guard !isPlugin else { return }
        do { try shared.change { try add(&$0, origin) } } catch {
            shared.state.withLock { $0.refused.append(error) }
        }
    }

    private func change(_ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            var next = state
            try body(&next)
            state = next
        }
    }

    /// The current state, after loading the plugins in `BERT_PLUGINS`.
    private var current: State {
        get throws {
            registry?.loadNamedPlugins()
            let state = state.withLock { $0 }
            if let error = state.refused.first { throw error }
            return state
        }
    }

    // MARK: Lookup

    /// The families, in the order of their registration.
    public var families: [ModelFamily] { get throws { try current.families.map(\.family) } }

    /// The classes, each with its dummy.
    public var entries: [CatalogueEntry] { get throws { try current.entries } }

    /// The names of the classes.
    public var names: [String] { get throws { try entries.map(\.name) } }

    /// Returns the entry of a class.
    ///
    /// - Throws: ``BertError`` with code `unknownName` and the closest name.
    public func entry(_ name: String) throws -> CatalogueEntry {
        let entries = try entries
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        for family in try families {
            if let task = family.architectures[name], let model = family.model(for: task), model.modelName != name {
                return try entry(model.modelName)
            }
        }
        let names = entries.map(\.name)
        let hint = Spelling.nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        throw BertError(
            .unknownName, "unknown model class \(name); \(hint)The classes are \(names.joined(separator: ", "))",
            value: .string(name), choices: names)
    }

    /// Returns the entry of a family's class for a task.
    ///
    /// - Throws: ``BertError`` with code `unsupported` and the tasks that the family supports.
    public func entry(for task: ModelTask, of family: ModelFamily) throws -> CatalogueEntry {
        guard let model = family.model(for: task) else {
            let others = family.tasks.map(\.key.description)
            throw BertError(
                .unsupported,
                "\(family.title) has no class for \(task); it has classes for \(others.joined(separator: ", "))",
                value: .string(task.description), choices: others)
        }
        return try entry(model.modelName)
    }

    /// Resolves a class on the selected backend: the real class, or its dummy if the backend isn't available.
    ///
    /// A dummy never becomes usable; resolve the class again when a backend becomes available.
    ///
    /// - Throws: ``BertError`` for an unknown name or an invalid `BERT_BACKEND`, but never because a backend is
    ///   unavailable.
    public func resolve(
        _ name: String, backend selection: BackendSelection? = nil, registry: BackendRegistry = .shared
    ) throws -> ModelResolution {
        let entry = try entry(name)
        do {
            return ModelResolution(entry: entry, outcome: .success(try registry.backend(selection, for: name)))
        } catch let error as BackendUnavailableError {
            return ModelResolution(entry: entry, outcome: .failure(error))
        }
    }

    /// Returns the class for a checkpoint: the first of its `architectures`, or the family's class without a head.
    ///
    /// - Throws: ``BertError`` with code `unknownName` if the class isn't in ``names``.
    public func className(for config: BertConfig) throws -> String {
        if let name = config.architectures.first {
            if let task = config.family.architectures[name] { return try entry(for: task, of: config.family).name }
            return try entry(name).name
        }
        return try entry(for: .encoder, of: config.family).name
    }

    /// Loads a checkpoint folder as the class that it was saved from, or as a given class.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of the class; nil to use ``className(for:)``.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    ///   - options: The handling of missing and mismatched weights. Unless the options are strict, a head that the
    ///     checkpoint doesn't contain is initialized with a warning.
    ///   - registry: The registry of backends.
    /// - Throws: ``BackendUnavailableError``; ``BertError`` with the file, the key and a fix.
    public func fromPretrained(
        _ folder: String, as className: String? = nil, backend selection: BackendSelection? = nil,
        options: LoadingOptions = LoadingOptions(), registry: BackendRegistry = .shared
    ) throws -> any BertPreTrainedModel {
        let name = try className ?? self.className(for: BertConfig(ModelFiles(folder: folder), in: self))
        return try resolve(name, backend: selection, registry: registry).fromPretrained(folder, options: options)
    }
}

extension BertError.Code {
    /// Two model classes have the same name, or two families the same `model_type`.
    public static let duplicateModel = Self("duplicateModel")
}

extension ModelCatalogue.State {
    mutating func add(_ family: ModelFamily, origin: String) throws {
        if families.contains(where: { $0.family === family }) { return }
        guard !family.modelTypes.isEmpty, family.modelTypes.allSatisfy({ !$0.isEmpty }) else {
            throw BertError(
                .invalidArgument, "the family \(family.title) (registered by \(origin)) has no model_type",
                key: "model_type")
        }
        if family.isVariant == nil {
            for other in families where other.family.isVariant == nil {
                guard let common = family.modelTypes.first(where: other.family.modelTypes.contains) else { continue }
                throw BertError(
                    .duplicateModel,
                    """
                    two families have the model_type \(common): \(other.family.title), registered by \(other.origin), and \
                    \(family.title), registered by \(origin); rename one of them, or distinguish them with \
                    isVariant
                    """, key: "model_type", value: .string(common))
            }
        }
        for (task, model) in family.tasks where !task.isDone(by: model) {
            throw BertError(
                .invalidArgument,
                """
                \(model.modelName) is the class of \(family.title) for \(task) (registered by \(origin)), but doesn't conform to \
                the protocol of the task
                """, key: task.description, value: .string(model.modelName))
        }
        for model in family.classes { try add(entry(model, origin: origin)) }
        families.append((family, origin))
    }

    mutating func add(_ entry: CatalogueEntry) throws {
        if let other = entries.first(where: { $0.name == entry.name }) {
            if other.isSame(as: entry) { return }
            throw BertError(
                .duplicateModel,
                """
                two model classes have the name \(entry.name): one registered by \(other.origin), another by \
                \(entry.origin); rename one of them
                """, value: .string(entry.name))
        }
        entries.append(entry)
    }

    private func entry<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String) -> CatalogueEntry {
        CatalogueEntry(model, origin: origin)
    }
}
