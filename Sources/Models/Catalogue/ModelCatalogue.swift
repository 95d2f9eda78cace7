import BertCheckpoints
public import BertCore
import Synchronization

/// The model classes there are, each with its dummy, and the families they belong to.
///
/// This package's own are there from the start. A package brings more with ``register(_:origin:)-(ModelFamily,_)`` or, when it is
/// loaded, with ``registerAtLoad(_:origin:)-(ModelFamily,_)``.
public final class ModelCatalogue: Sendable {
    /// The catalogue that configurations and pipelines go by.
    public static let shared = ModelCatalogue(registry: .shared)

    struct State {
        var families: [(family: ModelFamily, origin: String)] = []
        var entries: [CatalogueEntry] = []
        /// Registrations that were refused at load time, where nobody could be told.
        var refused: [any Error] = []
    }
    private let state = Mutex(State())
    /// Knows which plugins are to be loaded before anything is looked up.
    private let registry: BackendRegistry?

    /// A catalogue of its own, with this package's families, for tests.
    public convenience init() { self.init(registry: nil) }

    private init(registry: BackendRegistry?) {
        self.registry = registry
        do {
            try state.withLock { state in
                for family in ModelFamily.builtIn { try state.add(family, origin: "BertModels") }
            }
        } catch { state.withLock { $0.refused.append(error) } }
    }

    // MARK: Registering

    /// Adds a family and its classes, all of them or none. Registering the same family again changes nothing.
    ///
    /// - Throws: ``BertError`` with code `duplicateModel`, naming both origins, if another family has one of the `model_type`s
    ///   or another class one of the names; `invalidArgument` for a class that does not do its task.
    public func register(_ family: ModelFamily, origin: String = #fileID) throws {
        try change { try $0.add(family, origin: origin) }
    }

    /// Adds a class of a family that is there. Registering the same class again changes nothing.
    ///
    /// - Throws: ``BertError`` with code `duplicateModel`, naming both origins, if another class has the name.
    public func register<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String = #fileID) throws {
        try change { try $0.add(CatalogueEntry(model, origin: origin)) }
    }

    /// Adds a family to the shared catalogue when its code is loaded, where nothing can be thrown: what is wrong with it
    /// is told to whoever asks for a class first.
    public static func registerAtLoad(_ family: ModelFamily, origin: String = #fileID) {
        atLoad("the family \(family.title)", origin) { try $0.add(family, origin: $1) }
    }

    /// Adds a class to the shared catalogue when its code is loaded; see ``registerAtLoad(_:origin:)-(ModelFamily,_)``.
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

    /// What is registered; plugins that `BERT_PLUGINS` names are loaded first.
    private var current: State {
        get throws {
            registry?.loadNamedPlugins()
            let state = state.withLock { $0 }
            if let error = state.refused.first { throw error }
            return state
        }
    }

    // MARK: Asking

    /// The families, in the order in which they were registered.
    public var families: [ModelFamily] { get throws { try current.families.map(\.family) } }

    /// The classes, each with its dummy.
    public var entries: [CatalogueEntry] { get throws { try current.entries } }

    /// The names of the classes.
    public var names: [String] { get throws { try entries.map(\.name) } }

    /// The entry of a class.
    ///
    /// - Throws: ``BertError`` with code `unknownName`, with the nearest name.
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
            .unknownName, "there is no model class \(name); \(hint)The classes are \(names.joined(separator: ", "))",
            value: .string(name))
    }

    /// The entry of a family's class for a task.
    ///
    /// - Throws: ``BertError`` with code `unsupported`, naming the tasks that the family has classes for.
    public func entry(for task: ModelTask, of family: ModelFamily) throws -> CatalogueEntry {
        guard let model = family.model(for: task) else {
            let others = family.tasks.map(\.key.description).joined(separator: ", ")
            throw BertError(
                .unsupported, "\(family.title) has no class for \(task); it has classes for \(others)",
                value: .string(task.description))
        }
        return try entry(model.modelName)
    }

    /// The class of this name on the selected backend: the real one, or its dummy if the backend isn't available.
    ///
    /// Ask again when a backend has appeared: a dummy never becomes real.
    ///
    /// - Throws: ``BertError`` for an unknown name or a `BERT_BACKEND` that can't be understood; never because a backend
    ///   is missing.
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

    /// The class that a checkpoint says it is made for: by `architectures`, otherwise its family's without a head.
    ///
    /// - Throws: ``BertError`` with code `unknownName` if it is none of ``names``.
    public func className(for config: BertConfig) throws -> String {
        if let name = config.architectures.first {
            if let task = config.family.architectures[name] { return try entry(for: task, of: config.family).name }
            return try entry(name).name
        }
        return try entry(for: .encoder, of: config.family).name
    }

    /// Loads a checkpoint folder as the class that it is made for, or as the one named.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class; nil is the one that ``className(for:)`` gives.
    ///   - selection: the backend to compute on; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    ///   - options: what to do about weights that don't fit. A head that the checkpoint lacks is new, with a warning,
    ///     unless they are strict.
    ///   - registry: the backends to choose from.
    /// - Throws: ``BackendUnavailableError``; ``BertError`` that names the file, the key and the fix.
    public func fromPretrained(
        _ folder: String, as className: String? = nil, backend selection: BackendSelection? = nil,
        options: LoadingOptions = LoadingOptions(), registry: BackendRegistry = .shared
    ) throws -> any BertPreTrainedModel {
        let name = try className ?? self.className(for: BertConfig(ModelFiles(folder: folder), in: self))
        return try resolve(name, backend: selection, registry: registry).fromPretrained(folder, options: options)
    }
}

extension BertError.Code {
    /// Two model classes of one name, or two families with one `model_type`.
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
                    \(family.title), registered by \(origin); give one of them another, or say by isVariant what tells \
                    them apart
                    """, key: "model_type", value: .string(common))
            }
        }
        for (task, model) in family.tasks where !task.isDone(by: model) {
            throw BertError(
                .invalidArgument,
                """
                \(model.modelName) is \(family.title)'s class for \(task) (registered by \(origin)), but does not conform to \
                the task's protocol
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
                two model classes are called \(entry.name): one registered by \(other.origin), another by \
                \(entry.origin); give one of them another name
                """, value: .string(entry.name))
        }
        entries.append(entry)
    }

    private func entry<Model: BertPreTrainedModel>(_ model: Model.Type, origin: String) -> CatalogueEntry {
        CatalogueEntry(model, origin: origin)
    }
}
