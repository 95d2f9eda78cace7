import ArgumentParser
import Bert
import BertJSON

/// `bert cache`: manages downloaded models.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "List, verify and prune models that were downloaded from the hub.",
        discussion: """
            The cache is shared with huggingface_hub. It is HF_HUB_CACHE, or hub in HF_HOME, or ~/.cache/huggingface/hub. \
            These commands don't access the network.

            EXAMPLE:
              bert cache list
            """,
        subcommands: [ListCommand.self, VerifyCommand.self, PruneCommand.self])
}

extension CacheCommand {
    /// `bert cache list`: lists models.
    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the models in the cache with their revisions and sizes.")

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let cache = HubCache()
            let models = cache.models()
            if json {
                let value: JSONValue = [
                    "folder": .string(cache.folder), "size": .int(models.reduce(0) { $0 + $1.size }),
                    "models": .array(models.map(\.json)),
                ]
                return try Output.write(value.serialized(pretty: true) + "\n")
            }
            guard !models.isEmpty else { return try Output.write("no models in \(cache.folder)\n") }
            var table = Table([
                "model", "revision", "commit", .init("files", right: true), .init("size", right: true), "state",
            ])
            for model in models {
                for revision in model.revisions {
                    table.add(
                        .init(model.id), .init(revision.references.joined(separator: ", ")),
                        .init(String(revision.commit.prefix(12))), .init("\(revision.files.count)", right: true),
                        .init(ByteCount.words(revision.size), right: true), .init(revision.state))
                }
                let parts = model.unusedBlobs.filter { $0.hasSuffix(".incomplete") }
                if !parts.isEmpty {
                    table.add(.init(model.id), "", "", .init("\(parts.count)", right: true), "", "incomplete")
                }
            }
            let size = ByteCount.words(models.reduce(0) { $0 + $1.size })
            try Output.write(
                (table.lines + ["\(models.count) models, \(size) in \(cache.folder)"]).joined(separator: "\n") + "\n")
        }
    }

    /// `bert cache verify`: verifies files.
    struct VerifyCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Verify the contents of cached files against their digests.",
            discussion: "The exit code is 1 if a file is damaged or missing.")

        @Argument(help: ArgumentHelp("Models to verify (default: all).", valueName: "id"))
        var ids: [String] = []

        @Option(help: ArgumentHelp("Only verify this branch, tag or commit.", valueName: "name"))
        var revision: String?

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let cache = HubCache()
            let models = try ids.isEmpty ? cache.models() : ids.map(cache.model)
            var counts: [CacheFinding.Kind: Int] = [:]
            var findings: [JSONValue] = []
            var fixes: [String] = []
            for model in models {
                if revision != nil, ids.isEmpty, !model.has(revision) { continue }
                try model.verify(revision: revision) { finding in
                    counts[finding.kind, default: 0] += 1
                    findings.append(finding.json(of: model.id))
                    if finding.kind == .damaged || finding.kind == .missing {
                        let fix = "bert download \(model.id)\(finding.revisionOption) --verify"
                        if !fixes.contains(fix) { fixes.append(fix) }
                    }
                    guard !json, let reason = finding.reason else { return }
                    try Output.write("\(finding.kind.rawValue): \(finding.path): \(reason)\n")
                }
            }
            let bad = (counts[.damaged] ?? 0) + (counts[.missing] ?? 0)
            if json {
                let value: JSONValue = [
                    "folder": .string(cache.folder), "sound": .int(counts[.sound] ?? 0),
                    "damaged": .int(counts[.damaged] ?? 0), "missing": .int(counts[.missing] ?? 0),
                    "unchecked": .int(counts[.unchecked] ?? 0), "files": .array(findings),
                ]
                try Output.write(value.serialized(pretty: true) + "\n")
            } else {
                let unchecked = counts[.unchecked].map { ", \($0) without a known digest" } ?? ""
                try Output.write(
                    "\(counts[.sound] ?? 0) files are intact, \(counts[.damaged] ?? 0) damaged, \(counts[.missing] ?? 0) missing\(unchecked)\n"
                )
            }
            guard bad > 0 else { return }
            if !json { for fix in fixes { tell("fix: \(fix)") } }
            throw ExitCode.failure
        }
    }

    /// `bert cache prune`: removes files.
    struct PruneCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract:
                "Remove unreferenced revisions and files, and incomplete downloads.",
            discussion: "Lists the files and asks for confirmation. Downloads in progress are kept.")

        @Flag(help: "List the files without removing them.")
        var dryRun = false

        @Flag(name: .shortAndLong, help: "Remove without confirmation.")
        var yes = false

        func run() throws {
            let cache = HubCache()
            let waste = cache.waste()
            guard !waste.isEmpty else { return try Output.write("nothing to remove in \(cache.folder)\n") }
            var table = Table(["model", "what", "name", .init("size", right: true)])
            for item in waste {
                table.add(
                    .init(item.id), .init(item.kind.words), .init(item.name),
                    .init(ByteCount.words(item.size), right: true))
            }
            let size = ByteCount.words(waste.reduce(0) { $0 + $1.size })
            try Output.write(table.lines.joined(separator: "\n") + "\n")
            if dryRun { return try Output.write("would free \(size); nothing was removed\n") }
            if !yes {
                guard Terminal.isInteractive else {
                    throw BertError(
                        .invalidArgument,
                        "nothing was removed, because there is no terminal to ask for confirmation; add --yes, or --dry-run to list",
                        key: "--yes")
                }
                guard try Terminal.asks("remove these \(waste.count) items (\(size))?") else {
                    return try Output.write("nothing was removed\n")
                }
            }
            let removed = try cache.remove(waste)
            let freed = ByteCount.words(removed.reduce(0) { $0 + $1.size })
            let inUse = waste.count - removed.count
            try Output.write(
                "removed \(removed.count) items, freed \(freed)\(inUse > 0 ? "; \(inUse) are now in use" : "")\n")
        }
    }
}

extension CacheWaste.Kind {
    fileprivate var words: String {
        switch self {
        case .revision: "revision without a branch or tag"
        case .incomplete: "incomplete download"
        case .blob: "unused blob"
        }
    }
}

extension CachedModel.Revision {
    /// A description of whether a model can be loaded from the snapshot.
    fileprivate var state: String {
        if files.contains(where: { $0.size == nil }) { return "files are missing" }
        return Hub.isComplete(snapshot: folder) ? "complete" : "partial"
    }
}

extension CachedModel {
    fileprivate func has(_ revision: String?) -> Bool {
        revisions.contains { $0.commit == revision || $0.references.contains(revision ?? "") }
    }

    fileprivate var json: JSONValue {
        [
            "id": .string(id), "folder": .string(folder), "size": .int(size),
            "revisions": .array(
                revisions.map { revision in
                    [
                        "commit": .string(revision.commit),
                        "refs": .array(revision.references.map { .string($0) }), "folder": .string(revision.folder),
                        "size": .int(revision.size), "files": .int(revision.files.count),
                        "complete": .bool(Hub.isComplete(snapshot: revision.folder)),
                    ]
                }),
            "incomplete": .int(unusedBlobs.count { $0.hasSuffix(".incomplete") }),
        ]
    }
}

extension CacheFinding {
    fileprivate func json(of id: String) -> JSONValue {
        [
            "model": .string(id), "commit": .string(commit), "file": .string(name), "state": .string(kind.rawValue),
            "path": .string(path), "expected": expected.map { .string($0) } ?? .null,
            "found": found.map { .string($0) } ?? .null, "reason": reason.map { .string($0) } ?? .null,
        ]
    }

    /// The option of `bert download` for the revision of the file, with a leading space.
    fileprivate var revisionOption: String {
        references.contains("main") ? "" : " --revision \(references.first ?? commit)"
    }
}
