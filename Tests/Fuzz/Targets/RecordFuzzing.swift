import BertCore
import BertJSON

enum RecordFuzzing {
    private static let text = TextFields(text: "text", id: "id", pair: "text_pair")

    /// Checks that an input of texts has the same records regardless of how it is split into chunks.
    static func records(_ bytes: [UInt8], _ format: InputFormat, isQuoted: Bool = false) throws {
        let whole = outcome(bytes, [bytes.count], format, isQuoted)
        // Byte by byte is slow for long inputs.
        for lengths in [bytes.count <= 256 ? [1] : [1, 1, 61], [7, 1, 64]] {
            let parts = outcome(bytes, lengths, format, isQuoted)
            promise(
                whole == parts || isSameUpToDamage(whole, parts),
                "in parts of \(lengths): \(parts)\nat once: \(whole)")
        }
    }

    static func table(_ bytes: [UInt8], _ format: InputFormat) throws {
        try records(bytes, format)
        if format == .tsv { try records(bytes, format, isQuoted: true) }
    }

    /// Returns whether two outcomes of a damaged input are the same, except for the number of records before the
    /// damage.
    private static func isSameUpToDamage(_ a: [String], _ b: [String]) -> Bool {
        guard a.last?.hasPrefix("end: ") == true, b.last?.hasPrefix("end: ") == true else { return false }
        return zip(a.dropLast(), b.dropLast()).allSatisfy { $0 == $1 }
    }

    /// Returns each record or its error, and the error that ends the input.
    private static func outcome(
        _ bytes: [UInt8], _ lengths: [Int], _ format: InputFormat, _ isQuoted: Bool
    ) -> [String] {
        var decoder = InputDecoder(source: "input")
        var splitter = format.splitter("input", text, isQuoted: isQuoted)
        var results: [String] = []
        func add(_ values: [PlacedValue]) {
            for value in values {
                let record = value.value.flatMap { json -> Result<TextRecord, BertError> in
                    do {
                        return .success(try text.record(json, at: value.place))
                    } catch let error as BertError {
                        return .failure(error)
                    } catch {
                        fatalError("\(error) is no BertError")
                    }
                }
                switch record {
                case .success(let record): results.append("\(record.place): \(record.text) \(record.pair ?? "")")
                case .failure(let error): results.append("\(value.place): \(error)")
                }
            }
        }
        do {
            var (start, round) = (0, 0)
            while start < bytes.count {
                let end = min(bytes.count, start + max(1, lengths[round % lengths.count]))
                let decoded = try decoder.take(bytes[start..<end])
                if !decoded.isEmpty { add(try splitter.take(decoded[...])) }
                (start, round) = (end, round + 1)
            }
            let last = try decoder.finish()
            if !last.isEmpty { add(try splitter.take(last[...])) }
            add(try splitter.finish())
        } catch { results.append("end: \(error)") }
        return results
    }

    /// Checks that a NumPy file has as many rows as its header specifies, or that it is an error.
    static func array(_ bytes: [UInt8]) throws {
        try TemporaryFile.with(bytes) { path in
            var next = 0
            try NumPyReader(ByteSource(path: path), of: .float32).forEachGroup { records in
                for record in records {
                    promise(record.place.number == next, "row \(record.place.number) after \(next - 1)")
                    next += 1
                }
            }
        }
    }
}
