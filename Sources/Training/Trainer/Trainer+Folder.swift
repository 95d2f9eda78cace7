import BertCheckpoints
public import BertCore

extension Trainer {
    /// Returns the last checkpoint in a folder, or nil if there is none.
    public static func lastCheckpoint(in folder: String) throws -> String? {
        try TrainingCheckpoint.all(in: folder).last.map { "\(folder)/\($0.name)" }
    }

    /// Checks that a run can save to a folder.
    ///
    /// - Throws: `BertError` with code `outputNotEmpty` if the folder isn't empty.
    public static func checkEmpty(_ folder: String, mayOverwrite: Bool) throws {
        let names = try Folder.names(in: folder)
        guard names.isEmpty || mayOverwrite else {
            throw BertError(
                .outputNotEmpty,
                """
                is not empty: it has \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : ""). \
                Use --resume to continue, or --overwrite-output-dir to replace the results of a previous run
                """, file: folder, key: "--output-dir")
        }
    }

    /// The files that a run writes in addition to checkpoints and the model.
    private static let results = [
        "all_results.json", "train_results.json", "eval_results.json", "predict_results.json", "predict_results.txt",
        "training.svg",
    ]

    /// Removes the incomplete files of a run that was killed.
    static func clearUnfinished(_ folder: String) throws {
        for name in try Folder.names(in: folder)
        where name.hasSuffix(".tmp")
            && (name.hasPrefix(".checkpoint-") || results.contains { name.hasPrefix("\($0).") }
                || name.hasPrefix("\(TrainingCheckpoint.stateFile).") || name.hasPrefix("model.safetensors."))
        {
            try Folder.remove("\(folder)/\(name)")
        }
    }

    /// Removes the checkpoints and results of an earlier run.
    public static func clear(_ folder: String) throws {
        for name in try Folder.names(in: folder)
        where TrainingCheckpoint.step(of: name) != nil || results.contains(name) {
            try Folder.remove("\(folder)/\(name)")
        }
    }
}

extension BertError.Code {
    /// A run would overwrite existing files.
    public static let outputNotEmpty = Self("outputNotEmpty")
}
