import ArgumentParser
import Bert

/// `bert download`: downloads a model from the hub to the cache.
struct DownloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download a model from the Hugging Face hub to the cache, and print its folder.",
        discussion: """
            Downloads the files that a model requires: configuration, tokenizer, and one copy of the weights, preferably as \
            safetensors. The cache is shared with huggingface_hub, which may use it at the same time. Interrupted \
            downloads resume, and all files are verified against their digests. HF_ENDPOINT selects another hub, and \
            HF_TOKEN gives access to gated and private models. HTTPS_PROXY and SSL_CERT_FILE are supported. Requires \
            libcurl.

            EXAMPLE:
              bert download sentence-transformers/all-MiniLM-L6-v2
            """)

    @Argument(help: ArgumentHelp("NAME or ORGANIZATION/NAME.", valueName: "id"))
    var id: String

    @Option(help: ArgumentHelp("Branch, tag or commit (default: main).", valueName: "name"))
    var revision: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Download the files that match a pattern, such as '*.json', instead of the required ones. Repeatable.",
            valueName: "pattern"))
    var include: [String] = []

    @Flag(help: "Also verify cached files, and download damaged ones again.")
    var verify = false

    @Flag(help: "List files and sizes without downloading.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Report each request on standard error.")
    var verbose = false

    func run() throws {
        let progress = DownloadProgress(isVerbose: verbose)
        let cache = HubCache()
        let revision = revision ?? "main"
        if cache.isOffline || isCommit(revision), !verify, !dryRun, include.isEmpty, HubCache.isModelID(id),
            let folder = try? cache.snapshot(of: id, revision: revision), Hub.isComplete(snapshot: folder)
        {
            // The files of a commit don't change.
            return try Output.write(folder + "\n")
        }
        let plan = try Hub(observe: { progress.show($0) }).plan(
            id, revision: revision, include: include, verifies: verify)
        guard dryRun else { return try Output.write(progress.run(plan) + "\n") }
        var table = Table(["file", .init("size", right: true), "state"])
        for file in plan.files {
            table.add(
                .init(file.name), .init(file.size.map(ByteCount.words) ?? "unknown", right: true),
                .init(file.isCached ? "in the cache" : "to download"))
        }
        try Output.write(table.lines.joined(separator: "\n") + "\n")
    }

    private func isCommit(_ revision: String) -> Bool {
        revision.utf8.count == 40 && revision.allSatisfy { $0.isHexDigit }
    }
}
