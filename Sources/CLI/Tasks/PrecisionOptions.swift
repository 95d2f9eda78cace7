import ArgumentParser
import Bert
import BertJSON

/// Options for the precision of embeddings in the output.
struct PrecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Type of the components: float32, int8, uint8, or packed bits (binary or ubinary).",
            valueName: "precision"),
        transform: choice)
    var outputPrecision = VectorPrecision.float32

    @Option(
        help: ArgumentHelp(
            "File with vectors (.npy, .jsonl or .json) that determine the ranges of int8 and uint8.",
            valueName: "file"))
    var ranges: String?

    func validate() throws {
        guard outputPrecision.needsRanges != (ranges == nil) else {
            throw ValidationError(
                ranges == nil
                    ? """
                    --output-precision \(outputPrecision.rawValue) requires --ranges FILE, a file with vectors of sample \
                    texts, as written by bert embed
                    """ : "--ranges requires --output-precision int8 or uint8, not \(outputPrecision.rawValue)")
        }
    }

    /// Returns the quantizer, and reads its ranges if they are given.
    ///
    /// - Throws: `BertError` that names file and line.
    func quantizer(for embedder: SentenceEmbedder) throws -> VectorQuantizer {
        try VectorQuantizer(
            outputPrecision,
            ranges: ranges.map { try VectorRanges(VectorFile(path: $0), width: embedder.dimension) })
    }

    /// Returns the facts that the output of vectors depends on.
    func facts() throws -> JSONObject {
        var facts: JSONObject = [
            "output-precision": .string(outputPrecision.rawValue), "ranges": "",
        ]
        if let ranges { facts["ranges"] = .string(try ByteSource(path: ranges).sha256()) }
        return facts
    }
}

extension VectorRanges {
    /// Reads the ranges of the vectors in a file.
    ///
    /// - Throws: `BertError` that names file and line.
    init(_ file: VectorFile, width: Int) throws {
        var found: VectorRanges?
        try file.forEachGroup(width: width) { records in
            for record in records where found == nil { found = try VectorRanges(of: [record.vector]) }
            for record in records { try found?.add(record.vector) }
        }
        guard let found else { throw BertError(.invalidInput, "\(file.path) contains no vectors", file: file.path) }
        self = found
    }
}
