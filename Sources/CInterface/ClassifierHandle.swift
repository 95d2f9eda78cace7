// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertModels
import BertPipelines
import CSwiftBert

/// An open text classifier.
final class ClassifierHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "classifier" }

    static let known = [
        "top_k", "all", "function", "exit_entropy", "exit_patience", "exit_layer", "pairs", "on_error",
    ]

    private let classifier: TextClassifier

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .sequenceClassification, "TextClassifier")
        classifier = try TextClassifier(open.files, as: open.className, on: open.backend)
        super.init(open, class: classifier.modelName, maximumLength: classifier.maximumLength)
        try check(expected: open.expected)
    }

    override var ownSettings: JSONObject {
        [
            "labels": .array(classifier.labels.map { .string($0) }), "layers": .int(classifier.layerCount),
            "off_ramps": .bool(classifier.hasOffRamps), "function": .string(classifier.function.rawValue),
        ]
    }

    func classify(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let (unit, count) = (try texts.unit(options), try options.int("top_k", atLeast: 1))
        try options.checkAtMostOne(of: ["top_k", "all"])
        let lists = try options.bool("all") ?? false || count != nil
        let call = try undivided {
            try classifier.call(
                policy: options.policy(), function: options.choice("function", ScoreFunction.self), options: text)
        }
        return try texts.json(of: call, unit: unit, emits: options.emits(), check: checkProcess) {
            try texts.paired($0, unit: unit)
        } _: { result in
            let json = try JSONValue(encoding: result)
            guard lists else { return json }
            var object: JSONObject = ["labels": try JSONValue(encoding: result.top(count))]
            object["exit_layer"] = json["exit_layer"]
            return .object(object)
        }
    }
}

extension CallOptions {
    /// Returns the exit policy; nil to use the checkpoint's own.
    fileprivate func policy() throws -> ExitPolicy? {
        try checkAtMostOne(of: ["exit_entropy", "exit_patience", "exit_layer"])
        if let thresholds = try floats("exit_entropy") { return .entropy(thresholds) }
        if let patience = try int("exit_patience", atLeast: 0) { return .patience(patience) }
        return try int("exit_layer", atLeast: 1).map { .fixedLayer($0) }
    }
}

@c @implementation
public func swift_bert_classifier_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try ClassifierHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_classifier_close(_ classifier: OpaquePointer?) {
    undivided { ClassifierHandle.close(classifier) }
}

@c @implementation
public func swift_bert_classifier_settings(_ classifier: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try ClassifierHandle.object(classifier).settings() } }
}

@c @implementation
public func swift_bert_classifier_facts(_ classifier: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try ClassifierHandle.object(classifier).facts() } }
}

@c @implementation
public func swift_bert_classify(
    _ classifier: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (try ClassifierHandle.object(classifier), try CallOptions(options, known: ClassifierHandle.known))
        }
        return answer(try handle.classify(TextColumn(count, bytes, offsets, validity), options))
    }
}
