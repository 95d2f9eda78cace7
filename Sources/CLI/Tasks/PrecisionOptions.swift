import ArgumentParser
import Bert
import BertJSON

/// Options for the precision of embeddings in the output.
struct PrecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How components are stored: float32, int8, uint8, or as bits, eight per number: binary or ubinary.",
            valueName: "precision"),
        transform: choice)
    var outputPrecision = VectorPrecision.float32

    @Option(
        help: ArgumentHelp(
            "Vectors (.npy, .jsonl or .json) whose minima and maxima become the range of int8 and uint8.",
            valueName: "file"))
    var ranges: String?

    func validate() throws {
        guard outputPrecision.needsRanges != (ranges == nil) else {
            throw ValidationError(
                ranges == nil
                    ? """
                    --output-precision \(outputPrecision.rawValue) needs --ranges FILE: vectors of a sample of your \
                    texts, as bert embed writes them
                    """ : "--ranges is for --output-precision int8 and uint8, not for \(outputPrecision.rawValue)")
        }
    }

    /// Returns the quantizer, and reads its ranges if they are given.
    ///
    /// - Throws: `BertError` that names file and line.
    func quantizer(for embedder: SentenceEmbedder) throws -> VectorQuantizer {
        guard let ranges else { return try VectorQuantizer(outputPrecision) }
        var found: VectorRanges?
        try VectorFile(path: ranges).forEachGroup(width: embedder.dimension) { records in
            for record in records where found == nil { found = try VectorRanges(of: [record.vector]) }
            for record in records { try found?.add(record.vector) }
        }
        guard let found else { throw BertError(.invalidInput, "\(ranges) has no vectors to take ranges from") }
        return try VectorQuantizer(outputPrecision, ranges: found)
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
