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

/// A model named by its folder, or by its id on the Hugging Face hub.
enum ModelLocation {
    /// The model's folder. A model of the hub that isn't in the cache is downloaded, if that is allowed.
    ///
    /// - Parameters:
    ///   - revision: a branch, tag or commit; nil is `main`.
    ///   - downloads: whether `--download` allows a download; without, `HF_HUB_OFFLINE=0` does, or whoever sits at the terminal.
    /// - Throws: `BertError` that says where it looked and how to get the model.
    static func folder(_ model: String, revision: String?, downloads: Bool) throws -> String {
        var info = stat()
        if stat(model, &info) == 0 || !HubCache.isModelID(model) {
            guard revision == nil else {
                throw BertError(
                    .invalidArgument, "is for models of the hub; \(model) is a folder", key: "--revision")
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

/// `--model` and `--revision`, for every verb that takes a model.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A model folder in Hugging Face layout, or the id of a model on the hub.",
            valueName: "folder|id"),
        completion: .directory)
    var model: String

    @OptionGroup var hub: HubModelOptions

    /// The model's folder.
    func folder() throws -> String { try hub.folder(of: model) }

    /// What results depend on: the contents of the model's files.
    func facts() throws -> JSONObject {
        JSONObject(
            try ModelFiles(folder: folder()).digests(isWhole: false).map {
                ("the model's \($0.name)", .string($0.sha256))
            })
    }
}

/// What to say about a model of the hub besides its id.
struct HubModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Branch, tag or commit of a hub model (default: main).", valueName: "name"))
    var revision: String?

    @Flag(
        help: ArgumentHelp(
            "Download a hub model that isn't in the cache (default: ask on a terminal; in scripts, HF_HUB_OFFLINE=0 does too)."
        ))
    var download = false

    /// The folder of a model.
    func folder(of model: String) throws -> String {
        try ModelLocation.folder(model, revision: revision, downloads: download)
    }
}
