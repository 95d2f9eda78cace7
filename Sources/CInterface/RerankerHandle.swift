// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open reranker.
final class RerankerHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "reranker" }

    private let reranker: Reranker

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let open = try OpenOptions(
            folder, CallOptions(json, known: OpenOptions.known), for: .sequenceClassification, "Reranker")
        reranker = try Reranker(open.files, as: open.className, on: open.backend)
        super.init(open, class: reranker.modelName, maximumLength: reranker.maximumLength)
        try check(expected: open.expected)
    }

    func rerank(_ query: String, _ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let (raw, returnsText) = (try options.bool("raw_scores") ?? false, try options.bool("return_text") ?? false)
        let hasLogits = try options.bool("logits") ?? false
        let count = try options.int("top_k", atLeast: 1) ?? texts.count
        let call = try undivided { try reranker.call(query, options: text) }
        // The logit, and the JSON of the passage.
        var ranks: [(logit: Float, index: Int, JSONObject)] = []
        var missing: [JSONObject] = []
        let elements = try texts.json(of: call, emits: options.emits(), check: checkProcess) {
            try texts.text($0)
        } _: {
            ["logit": .float($0.logit), "score": .double($0.score(raw: raw))]
        }
        for (index, element) in elements.enumerated() {
            var object: JSONObject = ["index": .int(index), "score": element["score"] ?? .null]
            if let error = element["error"] { object["error"] = error }
            if hasLogits { object["logit"] = element["logit"] ?? .null }
            if returnsText, texts.isThere(index) { object["text"] = (try? texts.text(index)).map(JSONValue.string) }
            guard let logit = element["logit"]?.doubleValue else {
                missing.append(object)
                continue
            }
            ranks.append((Float(logit), index, object))
        }
        ranks.sort { ($1.logit, $0.index) < ($0.logit, $1.index) }
        return (ranks.map(\.2) + missing).prefix(count).map { .object($0) }
    }
}

@c @implementation
public func swift_bert_reranker_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try RerankerHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_reranker_close(_ reranker: OpaquePointer?) { undivided { RerankerHandle.close(reranker) } }

@c @implementation
public func swift_bert_reranker_settings(_ reranker: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try RerankerHandle.object(reranker).settings() } }
}

@c @implementation
public func swift_bert_reranker_facts(_ reranker: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try RerankerHandle.object(reranker).facts() } }
}

@c @implementation
public func swift_bert_rerank(
    _ reranker: OpaquePointer?, _ query: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ count: Int64,
    _ bytes: UnsafePointer<CChar>?, _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?,
    _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, query, options) = try undivided {
            (
                try RerankerHandle.object(reranker), try argument("query", query),
                try CallOptions(options, known: ["raw_scores", "return_text", "top_k", "logits", "on_error"])
            )
        }
        return answer(try handle.rerank(query, TextColumn(count, bytes, offsets, validity), options))
    }
}
