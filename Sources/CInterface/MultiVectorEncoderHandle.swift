// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open encoder for late interaction.
final class MultiVectorEncoderHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "multi-vector encoder" }

    static let callOptions = ["prompt", "prompt_name", "role", "on_error"]

    private let embedder: TokenEmbedder

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .encoder, "TokenEmbedder")
        embedder = try TokenEmbedder(open.files, as: open.className, on: open.backend)
        super.init(open, class: embedder.modelName, maximumLength: embedder.maximumLength(.document))
        try check(expected: open.expected)
    }

    override var ownSettings: JSONObject {
        [
            "dimension": .int(embedder.dimension), "max_query_length": .int(embedder.maximumLength(.query)),
            "prompts": .object(embedder.prompts.json),
        ]
    }

    func vectors(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let side = try options.choice("role", TokenEmbedder.Side.self) ?? .document
        let call = try undivided {
            try embedder.call(as: side, prompt: options.givenPrompt(), options: text)
        }
        return try texts.json(of: call, emits: options.emits(), check: checkProcess) {
            try texts.text($0)
        } _: { vectors in
            .array(vectors.map { .array($0.map(JSONValue.float)) })
        }
    }
}

@c @implementation
public func swift_bert_multi_vector_encoder_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try MultiVectorEncoderHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_multi_vector_encoder_close(_ encoder: OpaquePointer?) {
    undivided { MultiVectorEncoderHandle.close(encoder) }
}

@c @implementation
public func swift_bert_multi_vector_encoder_settings(
    _ encoder: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try MultiVectorEncoderHandle.object(encoder).settings() } }
}

@c @implementation
public func swift_bert_multi_vector_encoder_facts(
    _ encoder: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try MultiVectorEncoderHandle.object(encoder).facts() } }
}

@c @implementation
public func swift_bert_multi_vectors(
    _ encoder: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (
                try MultiVectorEncoderHandle.object(encoder),
                try CallOptions(options, known: MultiVectorEncoderHandle.callOptions)
            )
        }
        return answer(try handle.vectors(TextColumn(count, bytes, offsets, validity), options))
    }
}
