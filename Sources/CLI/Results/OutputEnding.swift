import ArgumentParser

/// The output format according to a file's extension.
enum OutputEnding {
    /// The formats by extension. Each command supports some of them.
    private static let known = ["jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "npy": "npy", "txt": "text"]
    /// The extensions of formats that can't be written, regardless of --output-format.
    private static let foreign: Set<String> = [
        "csv", "tsv", "md", "html", "xml", "yaml", "yml", "parquet", "arrow", "feather", "orc", "avro", "xls", "xlsx",
        "npz", "pkl", "pickle", "pt", "bin", "safetensors", "h5", "hdf5", "db", "sqlite", "zip", "gz", "zst", "xz",
        "bz2",
    ]

    /// Returns the format of an output.
    ///
    /// - Parameters:
    ///   - path: The file, or - for standard output.
    ///   - chosen: The format given by --output-format.
    ///   - usual: The format if neither the name nor the option determines it.
    /// - Throws: `ValidationError` if the extension means a format other than the chosen one, or one that can't be
    ///   written.
    static func format<Format: ResultFormat>(_ path: String, chosen: Format?, usual: Format) throws -> Format {
        guard let ending = ending(path) else { return chosen ?? usual }
        let formats = Format.allCases.map(\.rawValue)
        let endings = known.filter { formats.contains($0.value) }.map { "." + $0.key }.sorted().joined(separator: ", ")
        if ending == "gz" {
            throw ValidationError(
                "compressed output is not supported; omit .gz in \(path) and compress the file with gzip")
        }
        if let promised = known[ending] {
            guard let format = Format(rawValue: promised) else {
                throw ValidationError(
                    "\(path) has the format \(promised), which this command can't write; use \(endings)")
            }
            guard let chosen, chosen.rawValue != promised else { return format }
            throw ValidationError(
                "\(path) has the format \(promised), but --output-format is \(chosen.rawValue); change one of them")
        }
        guard !foreign.contains(ending) else {
            throw ValidationError("\(path): .\(ending) is not a supported format; use \(endings)")
        }
        guard let chosen else {
            throw ValidationError(
                "\(path): the extension .\(ending) is unknown; use \(endings), or --output-format")
        }
        return chosen
    }

    /// Returns the extension of a file's name in lowercase, or nil for devices, pipes and names without an extension.
    private static func ending(_ path: String) -> String? {
        guard path != "-", !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return nil }
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        return ending.isEmpty ? nil : ending
    }
}
