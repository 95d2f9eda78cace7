import BertJSON
import CSwiftBert

/// Texts in the format of the C interface.
struct CTexts {
    var bytes: [CChar] = []
    var offsets: [Int64] = [0]
    var validity: [UInt8]?

    init(_ texts: [String?]) {
        for text in texts {
            bytes += (text ?? "").utf8.map { CChar(bitPattern: $0) }
            offsets.append(Int64(bytes.count))
        }
        guard texts.contains(nil) else { return }
        var bits = [UInt8](repeating: 0, count: (texts.count + 7) / 8)
        for (index, text) in texts.enumerated() where text != nil { bits[index / 8] |= 1 << UInt8(index % 8) }
        validity = bits
    }

    var count: Int64 { Int64(offsets.count - 1) }
}

/// An error returned by a C function.
struct CError: Error {
    let code: String
    let message: String
    let record: Int

    /// Throws the error if one is set.
    static func check<Result>(_ body: (inout OpaquePointer?) -> Result) throws -> Result {
        var error: OpaquePointer?
        let result = body(&error)
        guard let error else { return result }
        defer { swift_bert_error_free(error) }
        throw CError(
            code: String(cString: swift_bert_error_code(error)),
            message: String(cString: swift_bert_error_message(error)),
            record: Int(swift_bert_error_record(error)))
    }
}

/// An embedder of the C interface.
final class CEmbedder {
    let handle: OpaquePointer

    init(_ folder: String?, _ options: String? = #"{"backend": "simd"}"#) throws {
        handle = try CError.check { swift_bert_embedder_open(folder, options, &$0) }.unsafelyUnwrapped
    }

    deinit { swift_bert_embedder_close(handle) }

    func embed(_ texts: CTexts, _ options: String? = nil, failures: inout JSONValue) throws -> [[Float]] {
        let dimension = Int(swift_bert_embedder_dimension(handle))
        var out = [Float](repeating: -7, count: Int(texts.count) * dimension)
        var report: UnsafeMutablePointer<CChar>?
        let done = try CError.check { error in
            swift_bert_embed_with(
                handle, options, texts.count, texts.bytes, texts.offsets, texts.validity, &out, &report, &error)
        }
        guard done else { return [] }
        if let report {
            failures = try JSONValue(parsing: String(cString: report))
            swift_bert_string_free(report)
        }
        return (0..<Int(texts.count)).map { Array(out[$0 * dimension..<($0 + 1) * dimension]) }
    }

    func embed(_ texts: [String?], _ options: String? = nil) throws -> [[Float]] {
        var failures = JSONValue.null
        return try embed(CTexts(texts), options, failures: &failures)
    }
}
