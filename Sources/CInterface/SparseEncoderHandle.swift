// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open sparse encoder.
final class SparseEncoderHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "sparse encoder" }

    static let callOptions = ["prompt", "prompt_name", "role", "max_active_dims", "on_error"]

    private let embedder: SparseEmbedder

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .maskedLM, "SparseEmbedder")
        embedder = try SparseEmbedder(open.files, as: open.className, on: open.backend)
        super.init(open, class: embedder.modelName, maximumLength: embedder.maximumLength)
        try check(expected: open.expected)
    }

    override var ownSettings: JSONObject {
        [
            "dimension": .int(embedder.dimension), "inference_free": .bool(embedder.isInferenceFree),
            "prompts": .object(embedder.prompts.json),
        ]
    }

    func vectors(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let limit = try options.int("max_active_dims", atLeast: 1)
        let call = try undivided { try embedder.call(prompt: options.prompt(), maxActiveDims: limit, options: text) }
        return try texts.json(of: call, emits: options.emits(), check: checkProcess) {
            try texts.text($0)
        } _: { vector in
            [
                "indices": .array(vector.indices.map { .int(Int($0)) }),
                "values": .array(vector.values.map(JSONValue.float)),
            ]
        }
    }
}

@c @implementation
public func swift_bert_sparse_encoder_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try SparseEncoderHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_sparse_encoder_close(_ encoder: OpaquePointer?) {
    undivided { SparseEncoderHandle.close(encoder) }
}

@c @implementation
public func swift_bert_sparse_encoder_settings(
    _ encoder: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try SparseEncoderHandle.object(encoder).settings() } }
}

@c @implementation
public func swift_bert_sparse_encoder_facts(
    _ encoder: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try SparseEncoderHandle.object(encoder).facts() } }
}

@c @implementation
public func swift_bert_sparse_vectors(
    _ encoder: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (try SparseEncoderHandle.object(encoder), try CallOptions(options, known: SparseEncoderHandle.callOptions))
        }
        return answer(try handle.vectors(TextColumn(count, bytes, offsets, validity), options))
    }
}
