package import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

extension ModelFiles {
    /// Returns the SHA-256 of each file that a model and its tokenizer are loaded from, sorted by name.
    ///
    /// Files that aren't loaded, such as a README or weights in another format, are excluded.
    ///
    /// - Parameter isWhole: Whether the folder must contain a complete model with its tokenizer; otherwise missing
    ///   files are ignored.
    /// - Throws: ``BertError`` with file and key.
    package func digests(isWhole: Bool) throws -> [(name: String, sha256: String)] {
        let log = ReadLog()
        let files = logging(to: log)
        let kind = VectorKind(configuredBy: files)
        let network = try kind == .sparse ? SparseEmbedder.network(files) : files.transformerFiles()
        func read(_ body: () throws -> Void) throws {
            do { try body() } catch { if isWhole { throw error } }
        }
        if isWhole || network.contains(BertConfig.fileName) {
            try read { _ = try BertConfig(network) }
            try read { _ = try Checkpoint(network) }
        }
        try read {
            _ = try Tokenizers.load(
                TokenizerFiles(name: network.location) { network.contains($0) ? try network.read($0) : nil })
        }
        switch kind {
        case .sparse:
            if let path = try SparseSettings(files).staticQueries {
                let queries = try files.subfolder(path)
                try read { _ = try Checkpoint(queries) }
                try read {
                    _ = try Tokenizers.load(
                        TokenizerFiles(name: queries.location) { queries.contains($0) ? try queries.read($0) : nil })
                }
            }
            return try log.names.map { ($0, try sha256(of: $0)) }
        case .tokens:
            for path in try LateInteractionSettings(files).folders {
                try read { _ = try Checkpoint(files.subfolder(path)) }
            }
            return try log.names.map { ($0, try sha256(of: $0)) }
        case .dense, nil: break
        }
        // Folders without sentence-transformers settings have a pooling chosen by the caller, or none.
        if let settings = try? EmbeddingSettings(files, pooling: .mean) {
            for path in settings.folders { try read { _ = try Checkpoint(files.subfolder(path)) } }
        }
        return try log.names.map { ($0, try sha256(of: $0)) }
    }
}

extension LateInteractionSettings {
    /// The folders of modules that have weights.
    fileprivate var folders: [String] {
        guard case .modules(let steps) = projection else { return [] }
        return steps.compactMap { if case .dense(let dense) = $0 { dense.path } else { nil } }
    }
}

extension EmbeddingSettings {
    /// The folders of modules with weights.
    fileprivate var folders: [String] {
        steps.compactMap { step in
            switch step {
            case .dense(let dense): dense.path
            case .layerNorm(let path, _): path
            case .normalize: nil
            }
        }
    }

    /// Returns the number of components in a vector.
    func dimension(hiddenSize: Int) -> Int {
        var width = hiddenSize * pooling.count
        for case .dense(let dense) in steps { width = dense.outputSize }
        return dimensions ?? width
    }
}
