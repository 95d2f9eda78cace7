import BertCore

/// Downloads models from the Hugging Face hub into the cache that it shares with `huggingface_hub`.
///
/// ```swift
/// let folder = try Hub().download("sentence-transformers/all-MiniLM-L6-v2")
/// let embedder = try SentenceEmbedder(folder: folder)
/// ```
///
/// Calls block until they are done. A download that was interrupted goes on where it stopped.
public struct Hub: Sendable {
    /// Where models are kept.
    public let cache: HubCache
    /// Which hub, and how.
    public let settings: HubSettings
    /// Told what happens.
    private let observe: @Sendable (HubEvent) -> Void
    /// Waits for seconds; nil really does.
    private let pause: (@Sendable (Double) -> Void)?

    /// The hub that the environment names.
    ///
    /// - Throws: ``BertError`` `.invalidSetting` with the variable that has no meaning.
    public init(
        environment: [String: String] = HubCache.processEnvironment,
        observe: @escaping @Sendable (HubEvent) -> Void = { _ in }
    ) throws {
        try self.init(environment: environment, pause: nil, observe: observe)
    }

    /// The same with other waiting, for tests.
    package init(
        environment: [String: String], pause: (@Sendable (Double) -> Void)?,
        observe: @escaping @Sendable (HubEvent) -> Void
    ) throws {
        cache = HubCache(environment: environment)
        settings = try HubSettings(environment: environment)
        (self.observe, self.pause) = (observe, pause)
    }

    /// Downloads what of a model is not in the cache.
    ///
    /// - Parameters:
    ///   - id: `name` or `organisation/name`.
    ///   - revision: a branch, tag or commit.
    ///   - include: patterns of file names (`*.json`, `onnx/*`); without any, the files that a model needs.
    ///   - verifies: whether the contents of what is in the cache are checked too; what is damaged comes again.
    /// - Returns: the model's folder.
    /// - Throws: ``BertError`` with the code of what went wrong, as `.repositoryNotFound` or `.connectionFailed`.
    public func download(
        _ id: String, revision: String = "main", include: [String] = [], verifies: Bool = false
    ) throws -> String {
        try plan(id, revision: revision, include: include, verifies: verifies).run()
    }

    /// Asks the hub what a download would bring. Nothing is written, but that a file is missing.
    ///
    /// - Throws: as ``download(_:revision:include:verifies:)``, whose parameters it takes.
    public func plan(
        _ id: String, revision: String = "main", include: [String] = [], verifies: Bool = false
    ) throws -> HubDownload {
        guard HubCache.isModelID(id) else {
            throw BertError(
                .invalidArgument, "\"\(id)\" is no id of a model; it takes NAME or ORGANISATION/NAME",
                value: .string(id))
        }
        guard HubCache.isRevision(revision) else {
            throw BertError(
                .invalidArgument, "\"\(revision)\" is no branch, tag or commit", key: "--revision",
                value: .string(revision))
        }
        guard !cache.isOffline else {
            var text = LabelledText("downloads are switched off by HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE")
            text.add("fix", "HF_HUB_OFFLINE=0")
            throw BertError(.offline, text.description, value: .string(id))
        }
        let connection = try HubConnection(settings, pause: pause, observe: observe)
        return try HubDownload(id, revision, include, verifies: verifies, cache: cache.folder, over: connection)
    }

    /// The snapshot of a model in the cache, if it has all the files that a model needs.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if there is no snapshot.
    public static func isComplete(snapshot: String) -> Bool {
        let selection = FileSelection(
            has: { Folders.info("\(snapshot)/\($0)") != nil },
            read: { try Folders.contents("\(snapshot)/\($0)") })
        guard let files = try? selection.files() else { return false }
        return !files.weights.isEmpty && files.weights.allSatisfy { Folders.info("\(snapshot)/\($0)") != nil }
    }
}
