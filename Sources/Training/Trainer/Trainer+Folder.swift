public import BertCore

extension Trainer {
    /// The last checkpoint in a folder; nil if it has none.
    public static func lastCheckpoint(in folder: String) throws -> String? {
        try TrainingCheckpoint.all(in: folder).last.map { "\(folder)/\($0.name)" }
    }

    /// Checks that a run may save to a folder.
    ///
    /// - Throws: `BertError` with code `outputNotEmpty` if it holds anything.
    public static func checkEmpty(_ folder: String, mayOverwrite: Bool) throws {
        let names = try FolderSwap.names(in: folder)
        guard names.isEmpty || mayOverwrite else {
            throw BertError(
                .outputNotEmpty,
                """
                is not empty: it has \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : ""). \
                --resume goes on, --overwrite-output-dir replaces what an older run left
                """, file: folder, key: "--output-dir")
        }
    }

    /// What a run leaves beside checkpoints and model.
    private static let results = [
        "all_results.json", "train_results.json", "eval_results.json", "predict_results.json", "predict_results.txt",
        "training.svg",
    ]

    /// Removes what a run that was killed left half written.
    static func clearUnfinished(_ folder: String) throws {
        for name in try FolderSwap.names(in: folder)
        where name.hasSuffix(".tmp")
            && (name.hasPrefix(".checkpoint-") || results.contains { name.hasPrefix("\($0).") }
                || name.hasPrefix("\(TrainingCheckpoint.stateFile).") || name.hasPrefix("model.safetensors."))
        {
            try FolderSwap.remove("\(folder)/\(name)")
        }
    }

    /// Removes the checkpoints and results of an older run.
    public static func clear(_ folder: String) throws {
        for name in try FolderSwap.names(in: folder)
        where TrainingCheckpoint.step(of: name) != nil || results.contains(name) {
            try FolderSwap.remove("\(folder)/\(name)")
        }
    }
}

extension BertError.Code {
    /// A run would save over what is there.
    public static let outputNotEmpty = Self("outputNotEmpty")
}
