// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An open sentence embedder.
final class EmbedderHandle: ModelHandle, @unchecked Sendable {
    override class var noun: String { "embedder" }

    static let known =
        OpenOptions.known + ["pooling", "normalize", "truncate_dim", "prompt", "prompt_name"]

    let embedder: SentenceEmbedder
    private let prompt: Prompt?

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let options = try CallOptions(json, known: Self.known)
        let open = try OpenOptions(folder, options, for: .encoder, "SentenceEmbedder")
        prompt = try options.prompt()
        embedder = try SentenceEmbedder(
            open.files, as: open.className, on: open.backend, pooling: options.choice("pooling", PoolingMode.self),
            normalizes: options.bool("normalize"), dimensions: options.int("truncate_dim", atLeast: 1))
        super.init(open, class: embedder.modelName, maximumLength: embedder.maximumLength)
        // Report unknown names when the embedder is opened.
        _ = try embedder.settings.prompts.text(of: prompt)
        try check(expected: open.expected)
    }

    override func fingerprint() throws -> ModelFingerprint {
        try embedder.fingerprint(prompt: prompt, truncates: text.truncates)
    }

    override var ownSettings: JSONObject {
        let settings = embedder.settings
        return [
            "dimension": .int(embedder.dimension), "normalize": .bool(settings.normalizes),
            "pooling": .array(settings.pooling.map { .string($0.rawValue) }),
            "similarity": .string(settings.similarity.rawValue),
            "prompts": .object(settings.prompts.json),
            "default_prompt_name": settings.prompts.defaultName.map(JSONValue.string) ?? .null,
        ]
    }

    /// Writes the vectors of texts.
    ///
    /// - Parameter emits: Whether to write NaN for failed texts and continue with the others.
    /// - Returns: The errors of texts, if they are emitted.
    func embed(_ texts: TextColumn, prompt: Prompt?, emits: Bool, to out: UnsafeMutablePointer<Float>?) throws
        -> [BertError]
    {
        guard let out else {
            guard texts.count == 0 else { throw BertError(.invalidArgument, "is NULL", key: "out") }
            return []
        }
        let call = try undivided { try embedder.call(prompt: prompt ?? self.prompt, options: text) }
        var failures: [BertError] = []
        for piece in texts.pieces() {
            try undivided {
                try checkProcess()
                for (index, vector) in zip(piece, try texts.results(of: call, piece, endsAtFailure: !emits)) {
                    let row = UnsafeMutableBufferPointer(
                        start: out + index * embedder.dimension, count: embedder.dimension)
                    switch vector {
                    case nil: row.update(repeating: 0)
                    case .success(let vector): _ = row.update(from: vector)
                    case .failure(let error):
                        guard emits else { throw error }
                        row.update(repeating: .nan)
                        failures.append(error)
                    }
                }
            }
        }
        return failures
    }
}

extension TextColumn {
    /// Returns the results for a piece of the texts, or nil for missing texts. Errors contain the index of the text.
    func results<Output>(
        of call: PipelineCall<String, Output>, _ piece: Range<Int>, endsAtFailure: Bool
    ) throws -> [Result<Output, BertError>?] {
        try results(of: call, piece, endsAtFailure: endsAtFailure, unit: 1) { try text($0) }
    }

    /// Returns the results for a piece, if a record consists of several texts.
    func results<Record, Output>(
        of call: PipelineCall<Record, Output>, _ piece: Range<Int>, endsAtFailure: Bool, unit: Int,
        record: (Int) throws -> Record
    ) throws -> [Result<Output, BertError>?] {
        var results: [Result<Output, BertError>?] = []
        var (records, places): ([Record], [(result: Int, text: Int)]) = ([], [])
        for index in stride(from: piece.lowerBound, to: piece.upperBound, by: unit) {
            results.append(nil)
            guard (index..<index + unit).allSatisfy(isThere) else { continue }
            do {
                records.append(try record(index))
                places.append((results.count - 1, index / unit))
            } catch let error as BertError {
                if endsAtFailure { throw error }
                results[results.count - 1] = .failure(error)
            }
        }
        let prepared = try call.prepare(records)
        if endsAtFailure, let error = prepared.firstError { throw error.at(places) }
        for (place, result) in zip(places, try call.results(prepared)) {
            results[place.result] = result.mapError { $0.at(places) }
        }
        return results
    }
}

extension BertError {
    /// Returns the error of a record in a piece, with its index among all texts.
    fileprivate func at(_ places: [(result: Int, text: Int)]) -> BertError {
        var error = self
        error.record = record.flatMap { places.indices.contains($0) ? places[$0].text : nil }
        return error
    }
}

extension CallOptions {
    /// Returns the prompt, if one is specified.
    func prompt() throws -> Prompt? {
        try checkAtMostOne(of: ["prompt", "prompt_name", "role"])
        if let role = try string("role") {
            switch role {
            case "query": return .query
            case "document": return .document
            default:
                throw BertError(
                    .invalidArgument, "\"\(role)\" is not one of query, document", key: "role",
                    value: .string(role), choices: ["query", "document"])
            }
        }
        return try givenPrompt()
    }

    /// Returns the prompt of the options `prompt` and `prompt_name`.
    func givenPrompt() throws -> Prompt? {
        try checkAtMostOne(of: ["prompt", "prompt_name"])
        return try string("prompt").map(Prompt.text) ?? string("prompt_name").map(Prompt.named)
    }

    /// Returns whether errors of texts are returned as results.
    func emits() throws -> Bool {
        switch try string("on_error") ?? "fail" {
        case "fail": false
        case "emit": true
        case let other:
            throw BertError(
                .invalidArgument, "\"\(other)\" is not one of fail, emit", key: "on_error",
                value: .string(other), choices: ["fail", "emit"])
        }
    }
}

@c @implementation
public func swift_bert_embedder_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try EmbedderHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_embedder_close(_ embedder: OpaquePointer?) { undivided { EmbedderHandle.close(embedder) } }

@c @implementation
public func swift_bert_embedder_dimension(_ embedder: OpaquePointer?) -> Int64 {
    undivided { (try? EmbedderHandle.object(embedder)).map { Int64($0.embedder.dimension) } ?? 0 }
}

@c @implementation
public func swift_bert_embedder_settings(_ embedder: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try EmbedderHandle.object(embedder).settings() } }
}

@c @implementation
public func swift_bert_embedder_facts(_ embedder: OpaquePointer?, _ error: ErrorPlace) -> UnsafePointer<CChar>? {
    catching(error, nil) { try undivided { try EmbedderHandle.object(embedder).facts() } }
}

@c @implementation
public func swift_bert_embed(
    _ embedder: OpaquePointer?, _ count: Int64, _ bytes: UnsafePointer<CChar>?, _ offsets: UnsafePointer<Int64>?,
    _ validity: UnsafePointer<UInt8>?, _ out: UnsafeMutablePointer<Float>?, _ error: ErrorPlace
) -> Bool {
    swift_bert_embed_with(embedder, nil, count, bytes, offsets, validity, out, nil, error)
}

@c @implementation
public func swift_bert_embed_with(
    _ embedder: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ out: UnsafeMutablePointer<Float>?,
    _ failures: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ error: ErrorPlace
) -> Bool {
    catching(error, false) {
        failures?.pointee = nil
        let (handle, prompt, emits) = try undivided {
            let options = try CallOptions(options, known: ["prompt", "prompt_name", "role", "on_error"])
            return (try EmbedderHandle.object(embedder), try options.prompt(), try options.emits())
        }
        let errors = try handle.embed(
            TextColumn(count, bytes, offsets, validity), prompt: prompt, emits: emits, to: out)
        if !errors.isEmpty, let failures {
            failures.pointee = undivided { copy(of: JSONValue.array(errors.map { .object($0.json) }).serialized()) }
        }
        return true
    }
}

extension FolderPrompts {
    /// The prompts by name.
    var json: JSONObject { JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }) }
}
