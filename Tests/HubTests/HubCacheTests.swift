import BertCore
import BertHub
import Foundation
import TestSupport
import Testing

/// Compares with the results of `huggingface_hub.constants` (0.36) for the same variables.
@Suite struct HubCacheTests {
    static let variables: [(environment: [String: String], folders: [String])] = [
        ([:], ["/h/.cache/huggingface/hub"]),
        (["XDG_CACHE_HOME": "/x"], ["/x/huggingface/hub"]),
        (["XDG_CACHE_HOME": "~/x"], ["/h/x/huggingface/hub"]),
        (["HF_HOME": "/hf", "XDG_CACHE_HOME": "/x"], ["/hf/hub"]),
        (["HF_HOME": "~/.hf"], ["/h/.hf/hub"]), (["HF_HOME": "~"], ["/h/hub"]),
        (["HF_HOME": "$HOME/.hf"], ["/h/.hf/hub"]), (["HF_HOME": "${HOME}/.hf/"], ["/h/.hf/hub"]),
        (["HF_HOME": "$DATA/hf", "DATA": "/d"], ["/d/hf/hub"]), (["HF_HOME": "/$NOPE/${NOPE}"], ["/$NOPE/${NOPE}/hub"]),
        (["HF_HUB_CACHE": "~/c", "HF_HOME": "/hf"], ["/h/c"]),
        (["HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/hf"], ["/old"]),
        (["HUGGINGFACE_HUB_CACHE": "~/old"], ["/h/old"]),
        (["HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old"], ["/new"]),
        (["TRANSFORMERS_CACHE": "/t"], ["/h/.cache/huggingface/hub", "/t"]),
        (["TRANSFORMERS_CACHE": "/t", "HF_HUB_CACHE": "/t"], ["/t"]),
        (["HF_HOME": "~nobody-of-this-name/x"], ["~nobody-of-this-name/x/hub"]),
    ]

    @Test(arguments: variables.indices) func `Variables are read as huggingface_hub reads them`(index: Int) {
        let (environment, folders) = Self.variables[index]
        #expect(HubCache(environment: environment.merging(["HOME": "/h"]) { $1 }).folders == folders)
    }

    @Test(arguments: [
        ("1", true), ("on", true), ("True", true), ("yes", true), ("0", false), ("", false), ("2", false),
    ])
    func `Offline is what Python takes for true`(value: String, isOffline: Bool) {
        #expect(HubCache(environment: ["HF_HUB_OFFLINE": value]).isOffline == isOffline)
        #expect(HubCache(environment: ["TRANSFORMERS_OFFLINE": value]).isOffline == isOffline)
    }

    @Test
    func `A model is found by branch and commit in any of the folders, and missing ones say where it was looked for`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let base = "\(folder)/models--acme--tiny"
        for path in ["refs", "snapshots/abc"] {
            try FileManager.default.createDirectory(atPath: "\(base)/\(path)", withIntermediateDirectories: true)
        }
        try Data("abc\n".utf8).write(to: URL(fileURLWithPath: "\(base)/refs/main"))
        for environment in [["HF_HUB_CACHE": folder], ["HF_HUB_CACHE": "/nowhere", "TRANSFORMERS_CACHE": folder]] {
            let cache = HubCache(environment: environment)
            #expect(try cache.snapshot(of: "acme/tiny") == "\(base)/snapshots/abc")
            #expect(try cache.snapshot(of: "acme/tiny", revision: "abc") == "\(base)/snapshots/abc")
        }
        for revision in ["v2", "../main", ""] {
            let error = expectError(.fileNotReadable, value: "acme/tiny") {
                try HubCache(environment: ["HF_HUB_CACHE": folder]).snapshot(of: "acme/tiny", revision: revision)
            }
            // The others aren't revisions.
            #expect(error?.key == (revision == "v2" ? nil : "revision"))
        }
    }
}
