import ArgumentParser
import Bert
import BertJSON
import BertPipelines

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The location of a model, given by its folder or by its id on the Hugging Face hub.
enum ModelLocation {
    /// Returns the model's folder. Downloads a model of the hub that isn't in the cache, if a download is allowed.
    ///
    /// - Parameters:
    ///   - revision: A branch, tag or commit, or nil for `main`.
    ///   - downloads: Whether `--download` allows a download. Otherwise, `HF_HUB_OFFLINE=0` or the user at the terminal
    ///     can allow it.
    /// - Throws: `BertError` that names the searched locations and a way to get the model.
    static func folder(_ model: String, revision: String?, downloads: Bool) throws -> String {
        var info = stat()
        if stat(model, &info) == 0 || !HubCache.isModelID(model) {
            guard revision == nil else {
                throw BertError(
                    .invalidArgument, "only applies to models of the hub; \(model) is a folder", key: "--revision")
            }
            return model
        }
        let cache = HubCache()
        let found = Result { try cache.snapshot(of: model, revision: revision ?? "main") }
        if case .success(let folder) = found, Hub.isComplete(snapshot: folder) { return folder }
        guard downloads || (cache.isOnline && !cache.isOffline) || (Terminal.isInteractive && !cache.isOffline) else {
            return try found.get()
        }
        let progress = DownloadProgress()
        let plan = try Hub(observe: { progress.show($0) }).plan(model, revision: revision ?? "main")
        if !downloads && !cache.isOnline {
            let size = ByteCount.words(plan.missingBytes)
            guard try Terminal.asks("download \(model) (\(size)) from \(try HubSettings().endpoint)?") else {
                return try found.get()
            }
        }
        return try progress.run(plan)
    }
}

/// `--model` and `--revision`, for commands that use a model.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Model folder in Hugging Face layout, or id of a model on the hub.",
            valueName: "folder|id"),
        completion: .directory)
    var model: String

    @OptionGroup var hub: HubModelOptions

    /// Returns the model's folder.
    func folder() throws -> String { try hub.folder(of: model) }

    /// Returns the facts that results depend on: digests of the model's files.
    func facts() throws -> JSONObject {
        JSONObject(
            try ModelFiles(folder: folder()).digests(isWhole: false).map {
                ("the model's \($0.name)", .string($0.sha256))
            })
    }
}

/// Options for a model of the hub, in addition to its id.
struct HubModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Branch, tag or commit of a hub model (default: main).", valueName: "name"))
    var revision: String?

    @Flag(
        help: ArgumentHelp(
            "Download a hub model that isn't in the cache (default: ask on a terminal; also: HF_HUB_OFFLINE=0)."
        ))
    var download = false

    /// Returns the folder of a model.
    func folder(of model: String) throws -> String {
        try ModelLocation.folder(model, revision: revision, downloads: download)
    }
}
