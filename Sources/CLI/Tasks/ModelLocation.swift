import ArgumentParser
import Bert
import BertJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A model by its folder, or by its id on the Hugging Face hub if it is in the local cache.
enum ModelLocation {
    /// The model's folder. Nothing is downloaded.
    ///
    /// - Parameter revision: a branch, tag or commit; nil for `main`.
    /// - Throws: `BertError` that says where it looked and how to fetch the model.
    static func folder(_ model: String, revision: String?) throws -> String {
        var info = stat()
        if stat(model, &info) == 0 || !isHubID(model) {
            guard revision == nil else {
                throw BertError(.invalidArgument, "--revision is for models of the hub; \(model) is a folder")
            }
            return model
        }
        let revision = revision ?? "main"
        let base = "\(cache)/models--" + model.split(separator: "/").joined(separator: "--")
        let isSafe = !revision.isEmpty && !revision.split(separator: "/").contains("..")
        let named = isSafe ? contents(of: "\(base)/refs/\(revision)") : nil
        let commit = named.map { String($0.prefix { !$0.isWhitespace }) } ?? revision
        let folder = "\(base)/snapshots/\(commit)"
        guard isSafe, stat(folder, &info) == 0 else {
            throw BertError(
                .fileNotReadable,
                """
                the model \(model) is neither a folder nor in the Hugging Face cache
                  tried:      \(base)/refs/\(revision), \(folder)
                  fix:        hf download \(model)\(revision == "main" ? "" : " --revision \(revision)")
                """)
        }
        return folder
    }

    /// `name` or `organisation/name`, of the characters that the hub allows.
    private static func isHubID(_ model: String) -> Bool {
        let parts = model.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                part.first != "." && !part.isEmpty
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            }
    }

    /// Where Python's `huggingface_hub` keeps models.
    private static var cache: String {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        if let cache = variable("HF_HUB_CACHE") { return cache }
        if let home = variable("HF_HOME") { return home + "/hub" }
        if let cache = variable("XDG_CACHE_HOME") { return cache + "/huggingface/hub" }
        return (variable("HOME") ?? "~") + "/.cache/huggingface/hub"
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

    /// What results depend on.
    func facts() throws -> JSONObject {
        let folder = try folder()
        return JSONObject([("model", .string(folder))]).merging(try ModelFingerprint.facts(folder: folder))
    }
}
