// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open feature extractor.
final class FeatureExtractorHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "feature extractor" }

    private let extractor: FeatureExtractor

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .encoder, "FeatureExtractor")
        extractor = try FeatureExtractor(open.files.transformerFiles(), as: open.className, on: open.backend)
        super.init(open, class: extractor.modelName, maximumLength: extractor.maximumLength)
        try check(expected: open.expected)
    }

    override var ownSettings: JSONObject { ["dimension": .int(extractor.dimension)] }

    func vectors(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let call = undivided { extractor.call(options: text) }
        return try texts.json(of: call, emits: options.emits(), check: checkProcess) {
            try texts.text($0)
        } _: { features in
            .array(features.vectors.map { .array($0.map(JSONValue.float)) })
        }
    }
}

@c @implementation
public func swift_bert_feature_extractor_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try FeatureExtractorHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_feature_extractor_close(_ extractor: OpaquePointer?) {
    undivided { FeatureExtractorHandle.close(extractor) }
}

@c @implementation
public func swift_bert_feature_extractor_settings(
    _ extractor: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try FeatureExtractorHandle.object(extractor).settings() } }
}

@c @implementation
public func swift_bert_feature_extractor_facts(
    _ extractor: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try FeatureExtractorHandle.object(extractor).facts() } }
}

@c @implementation
public func swift_bert_token_vectors(
    _ extractor: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (try FeatureExtractorHandle.object(extractor), try CallOptions(options, known: ["on_error"]))
        }
        return answer(try handle.vectors(TextColumn(count, bytes, offsets, validity), options))
    }
}
