import BertCheckpoints
import BertCore
import BertJSON

/// The files in a repository that a model needs: configuration, tokenizer, the folders in `modules.json` and one format
/// of weights, preferably safetensors.
package struct FileSelection {
    /// The small files that any folder of a model may contain.
    static let smallFiles = [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.txt", "vocab.json", "merges.txt", "bpe.codes", "spiece.model", "sentencepiece.bpe.model",
        "sentencepiece.model", "tokenizer.model", "modules.json", "config_sentence_transformers.json",
        "router_config.json", "exits.json",
    ]
    /// The configuration files of sentence-transformers.
    static let sentenceFiles = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map {
        "sentence_\($0)_config.json"
    }

    /// Returns whether the repository contains a file.
    let has: (String) throws -> Bool
    /// Returns the contents of a small file.
    let read: (String) throws -> [UInt8]

    package init(has: @escaping (String) throws -> Bool, read: @escaping (String) throws -> [UInt8]) {
        (self.has, self.read) = (has, read)
    }

    /// Returns the files, small ones first, so that a model with weights is complete.
    package func files() throws -> (all: [String], weights: [String]) {
        var folders = [""]
        if try has("modules.json") {
            let modules = try list("modules.json") { node in
                try node.elements().compactMap { try $0["path"]?.string() }
            }
            folders += modules.filter { !$0.isEmpty && !folders.contains($0) }.map { $0.dropLastSlashes + "/" }
        }
        var (small, weights) = ([String](), [String]())
        for folder in folders {
            guard folder.isEmpty || ModelFiles.staysInside(folder.dropLastSlashes) else { continue }
            small += try (Self.smallFiles + Self.sentenceFiles).map { folder + $0 }.filter(has)
            let found = try self.weights(folder)
            small += found.index
            weights += found.files
        }
        var seen: Set<String> = []
        return ((small + weights).filter { seen.insert($0).inserted }, weights)
    }

    private func weights(_ folder: String) throws -> (index: [String], files: [String]) {
        for format in WeightsFile.Format.allCases {
            if try has(folder + format.singleFile) { return ([], [folder + format.singleFile]) }
            let index = folder + format.indexFile
            guard try has(index) else { continue }
            let shards = try list(index) { node in
                try node.required("weight_map").members().map { try $0.node.string() }
            }
            var seen: Set<String> = []
            let names = shards.filter { seen.insert($0).inserted }.sorted()
            for name in names where name.contains("/") || !ModelFiles.staysInside(name) {
                throw BertError(
                    .malformedFile, "refers to weights outside its folder", file: index,
                    value: .string(name))
            }
            return ([index], names.map { folder + $0 })
        }
        return ([], [])
    }

    private func list(_ file: String, _ body: (JSONNode) throws -> [String]) throws -> [String] {
        try BertError.context(.malformedFile, file: file) {
            try body(JSONNode(parsing: read(file), options: .python))
        }
    }
}

/// A pattern for file names as in `hf download --include`.
///
/// `*` and `?` also match slashes, `[…]` matches one of several characters, and a trailing slash matches everything
/// below a folder.
package struct NamePattern {
    private let pattern: [Unicode.Scalar]
    /// Whether the pattern is a plain name.
    package let isName: Bool

    package init(_ text: String) {
        pattern = Array((text.hasSuffix("/") ? text + "*" : text).unicodeScalars)
        isName = !pattern.contains { "*?[".unicodeScalars.contains($0) }
    }

    /// Returns whether a name matches, like `fnmatch` in Python.
    package func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (at, place) = (0, 0)
        // The position of the last star, and the end of its current match.
        var star: (at: Int, place: Int)?
        while place < name.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, place)
                at += 1
            } else if let end = one(at, name[place]) {
                (at, place) = (end, place + 1)
            } else if let last = star {
                star = (last.at, last.place + 1)
                (at, place) = (last.at + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }

    /// Returns the position after a pattern element that matches one character; nil if it doesn't match.
    private func one(_ at: Int, _ character: Unicode.Scalar) -> Int? {
        guard at < pattern.count else { return nil }
        if pattern[at] == "?" { return at + 1 }
        guard pattern[at] == "[" else { return pattern[at] == character ? at + 1 : nil }
        var end = at + 1
        let isNegated = end < pattern.count && pattern[end] == "!"
        if isNegated { end += 1 }
        let start = end
        if end < pattern.count, pattern[end] == "]" { end += 1 }
        while end < pattern.count, pattern[end] != "]" { end += 1 }
        // An unterminated bracket is a literal character.
        guard end < pattern.count else { return character == "[" ? at + 1 : nil }
        var (isIn, place) = (false, start)
        while place < end {
            if place + 2 < end, pattern[place + 1] == "-" {
                isIn = isIn || (pattern[place] <= character && character <= pattern[place + 2])
                place += 3
            } else {
                isIn = isIn || pattern[place] == character
                place += 1
            }
        }
        return isIn != isNegated ? end + 1 : nil
    }
}
