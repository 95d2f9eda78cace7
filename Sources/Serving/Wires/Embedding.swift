import BertCore
import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// The inputs and options of an embedding request, common to all APIs.
struct EmbeddingRequest: Sendable {
    var items: TextItems
    var cutting: RowTokenizer.Cutting
    var prompt: String?
    var normalizes = true
    var dimensions: Int?
    var kind = RowKind.vector
}

/// Embeddings and the times.
struct EmbeddingResult: Sendable {
    var vectors: [[Float]]
    var tokenVectors: [[[Float]]]
    var sparseVectors: [SparseVector]
    var timing: Timing
}

extension Call {
    /// Computes embeddings of texts.
    func embed(_ request: EmbeddingRequest, _ model: LoadedModel, _ served: ServedModel) async throws -> EmbeddingResult
    {
        guard let prompts = model.prompts, let size = model.dimension else {
            throw ServingError.internalError("an embedding request has the wrong task for the model")
        }
        if let dimensions = request.dimensions, !(1...size).contains(dimensions) {
            throw ServingError.invalid(
                "dimensions", "\(dimensions) dimensions were requested, but the model's vectors have \(size)")
        }
        var timing = Timing()
        timing.characters = request.items.items.reduce(0) { $0 + $1.characters }
        timing.texts = request.items.items.count
        let started = ContinuousClock.now
        let prompt = try Self.prompt(request.prompt, prompts)
        let includesPrompt = model.embedding?.includesPrompt ?? true
        let isLong = request.items.items.reduce(0) { $0 + $1.bytes } > 4096
        let rows = try await onThread(if: isLong, of: served) { () throws -> [Row] in
            let skipped = includesPrompt ? 0 : try model.text.promptLength(prompt)
            var form = VectorForm(normalizes: request.normalizes, dimensions: request.dimensions)
            return try request.items.items.enumerated().map { place, item in
                try Cancellation.check()
                var row: Row
                switch item {
                case .ids(let ids):
                    let ids = try model.text.ids(
                        ids, request.cutting, vocabulary: model.config.vocabSize,
                        parameter: request.items.name(place))
                    row = Row(kind: request.kind, ids: ids, types: [Int32](repeating: 0, count: ids.count))
                    form.skipped = 0
                case .text(let text), .pair(let text, _):
                    let encoding = try model.text.encode(
                        prompt + text, request.cutting, parameter: request.items.name(place))
                    row = Row(kind: request.kind, ids: encoding.ids, types: encoding.typeIDs)
                    form.skipped = skipped
                    guard row.tokens > skipped else {
                        throw ServingError.invalid(
                            request.items.name(place),
                            "after truncation, only the prompt remains, which the model excludes from pooling")
                    }
                }
                row.form = form
                return row
            }
        }
        timing.tokenizing = ContinuousClock.now - started
        timing.tokens = rows.reduce(0) { $0 + $1.tokens }
        let result = try await compute(rows, on: model, of: served) { request.items.name($0) }
        timing.queued = result.queued
        timing.computed = result.computed
        var output = EmbeddingResult(vectors: [], tokenVectors: [], sparseVectors: [], timing: timing)
        for value in result.outputs {
            switch value {
            case .vector(let vector): output.vectors.append(vector)
            case .tokenVectors(let vectors): output.tokenVectors.append(vectors)
            case .sparseVector(let vector): output.sparseVectors.append(vector)
            default: throw ServingError.internalError("the result of a row has no vector")
            }
        }
        return output
    }

    /// Returns the text of a prompt.
    private static func prompt(_ name: String?, _ prompts: FolderPrompts) throws(ServingError) -> String {
        guard let name else { return (try? prompts.text(of: nil)) ?? "" }
        if let text = prompts.texts[name] { return text }
        let names = prompts.texts.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        throw .invalid("prompt_name", "the model has no prompt \"\(name)\". Available prompts: [\(names)]")
    }

    /// Serializes vectors. If there are many numbers, this happens on a thread of the thread pool.
    func written(
        _ values: Int, of served: ServedModel, _ write: @escaping @Sendable (inout JSONBytes) -> Void
    ) async throws -> [UInt8] {
        try await onThread(if: values > 16_384, of: served) {
            var bytes = JSONBytes(reserving: values * 12 + 256)
            write(&bytes)
            return bytes.bytes
        }
    }
}
