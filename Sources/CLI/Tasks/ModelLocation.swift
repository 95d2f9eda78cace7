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

/// A model named by its folder, or by its id on the Hugging Face hub if it is in the local cache.
enum ModelLocation {
    /// The model's folder. Nothing is downloaded.
    ///
    /// - Parameter revision: a branch, tag or commit; nil is `main`.
    /// - Throws: `BertError` that says where it looked and how to get the model.
    static func folder(_ model: String, revision: String?) throws -> String {
        var info = stat()
        if stat(model, &info) == 0 || !HubCache.isModelID(model) {
            guard revision == nil else {
                throw BertError(
                    .invalidArgument, "is for models of the hub; \(model) is a folder", key: "--revision")
            }
            return model
        }
        return try HubCache().snapshot(of: model, revision: revision ?? "main")
    }
}

/// `--model` and `--revision`, for every verb that takes a model.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A model folder in Hugging Face layout, or the id of a hub model in the local cache.",
            valueName: "folder|id"),
        completion: .directory)
    var model: String

    @Option(help: ArgumentHelp("Branch, tag or commit of a hub model (default: main).", valueName: "name"))
    var revision: String?

    /// The model's folder.
    func folder() throws -> String { try ModelLocation.folder(model, revision: revision) }

    /// What results depend on: the contents of the model's files.
    func facts() throws -> JSONObject {
        JSONObject(
            try ModelFiles(folder: folder()).digests(isWhole: false).map {
                ("the model's \($0.name)", .string($0.sha256))
            })
    }
}
