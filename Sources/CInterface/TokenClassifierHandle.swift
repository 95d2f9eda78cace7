// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open token classifier.
final class TokenClassifierHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "token classifier" }

    private let classifier: TokenClassifier

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .tokenClassification, "TokenClassifier")
        classifier = try TokenClassifier(open.files, as: open.className, on: open.backend)
        super.init(open, class: classifier.modelName, maximumLength: classifier.maximumLength)
        try check(expected: open.expected)
    }

    override var ownSettings: JSONObject { ["labels": .array(classifier.labels.map { .string($0) })] }

    func entities(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let call = try undivided {
            try classifier.call(
                aggregation: options.choice("aggregation", EntityAggregation.self) ?? .simple,
                stride: options.int("stride", atLeast: 0),
                ignoredLabels: Set(options.strings("ignore_labels") ?? ["O"]),
                options: text)
        }
        return try texts.json(of: call, emits: options.emits(), check: checkProcess) {
            try texts.text($0)
        } _: {
            try JSONValue(encoding: $0)
        }
    }
}

@c @implementation
public func swift_bert_token_classifier_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try TokenClassifierHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_token_classifier_close(_ classifier: OpaquePointer?) {
    undivided { TokenClassifierHandle.close(classifier) }
}

@c @implementation
public func swift_bert_token_classifier_settings(
    _ classifier: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try TokenClassifierHandle.object(classifier).settings() } }
}

@c @implementation
public func swift_bert_token_classifier_facts(
    _ classifier: OpaquePointer?, _ error: ErrorPlace
) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try TokenClassifierHandle.object(classifier).facts() } }
}

@c @implementation
public func swift_bert_ner(
    _ classifier: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (
                try TokenClassifierHandle.object(classifier),
                try CallOptions(options, known: ["aggregation", "stride", "ignore_labels", "on_error"])
            )
        }
        return answer(try handle.entities(TextColumn(count, bytes, offsets, validity), options))
    }
}
