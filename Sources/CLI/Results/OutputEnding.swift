import ArgumentParser

/// The format that the ending of an output's name promises.
enum OutputEnding {
    /// The formats by their endings; a verb has some of them.
    private static let known = ["jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "npy": "npy", "txt": "text"]
    /// Endings of formats that nothing here writes, whatever --output-format says.
    private static let foreign: Set<String> = [
        "csv", "tsv", "md", "html", "xml", "yaml", "yml", "parquet", "arrow", "feather", "orc", "avro", "xls", "xlsx",
        "npz", "pkl", "pickle", "pt", "bin", "safetensors", "h5", "hdf5", "db", "sqlite", "zip", "gz", "zst", "xz",
        "bz2",
    ]

    /// The format of an output.
    ///
    /// - Parameters:
    ///   - path: the file; - is standard output.
    ///   - chosen: what --output-format says.
    ///   - usual: the format if neither the name nor the option says one.
    /// - Throws: `ValidationError` if the name promises another format than the one chosen, or one that is not written.
    static func format<Format: ResultFormat>(_ path: String, chosen: Format?, usual: Format) throws -> Format {
        guard let ending = ending(path) else { return chosen ?? usual }
        let formats = Format.allCases.map(\.rawValue)
        let endings = known.filter { formats.contains($0.value) }.map { "." + $0.key }.sorted().joined(separator: ", ")
        if ending == "gz" {
            throw ValidationError(
                "results are not compressed: leave .gz out of \(path), and compress the file with gzip")
        }
        if let promised = known[ending] {
            guard let format = Format(rawValue: promised) else {
                throw ValidationError(
                    "\(path) promises \(promised), which this verb doesn't write; it writes \(endings)")
            }
            guard let chosen, chosen.rawValue != promised else { return format }
            throw ValidationError(
                "\(path) promises \(promised), and --output-format is \(chosen.rawValue); change one of them")
        }
        guard !foreign.contains(ending) else {
            throw ValidationError("\(path): .\(ending) is not a format that is written; this verb writes \(endings)")
        }
        guard let chosen else {
            throw ValidationError(
                "\(path): the ending .\(ending) is not known; use \(endings), or say the format with --output-format")
        }
        return chosen
    }

    /// The ending of a file's name in lower case; nil for devices, pipes and names without one.
    private static func ending(_ path: String) -> String? {
        guard path != "-", !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return nil }
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        return ending.isEmpty ? nil : ending
    }
}
