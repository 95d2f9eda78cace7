import BertJSON
import BertModels
import BertPipelines
import BertTokenizers

/// The task routes of the Hugging Face hub, as used by `InferenceClient`.
enum HuggingFace {
    /// `POST /models/{id}`: the model's own task.
    static func own(_ call: Call) async throws -> WireResponse {
        let body = try call.body()
        let (_, model) = try await call.model(for: ServedTask.allCases, named: nil)
        // The structure of the inputs determines which of a model's tasks is requested.
        if body["inputs"]?["source_sentence"] != nil { return try await run("sentence-similarity", call, body: body) }
        if model.task == .classification, body["parameters"]?["candidate_labels"] != nil {
            return try await run("zero-shot-classification", call, body: body)
        }
        if model.task == .multiVector, body["inputs"]?["query"] != nil {
            return try await run("text-ranking", call, body: body)
        }
        if model.task == .reranking, body.has("inputs"), body["inputs"]?["query"] == nil {
            return try await run("text-classification", call, body: body)
        }
        return try await run(model.task.rawValue, call, body: body)
    }

    /// `POST /pipeline/{task}`
    static func pipeline(_ call: Call) async throws -> WireResponse {
        try await run(call.argument, call, body: call.body())
    }

    static func run(_ task: String, _ call: Call, body: Body) async throws -> WireResponse {
        let parameters = try body.object("parameters")
        var response: WireResponse
        switch task {
        case "feature-extraction":
            response = try await TextEmbeddings.embed(call, body: body.merged(with: parameters))
        case ServedTask.sparseEmbedding.rawValue:
            response = try await TextEmbeddings.embedSparse(call, body: body.merged(with: parameters))
        case ServedTask.multiVector.rawValue:
            response = try await TextEmbeddings.embedAll(call, body: body.merged(with: parameters))
        case "sentence-similarity":
            response = try await TextEmbeddings.similarity(
                call, inputs: body.object("inputs"), parameters: body.merged(with: parameters))
        case "text-classification": response = try await classification(call, body, parameters)
        case "token-classification", "ner": response = try await entities(call, body, parameters)
        case "question-answering": response = try await answers(call, body, parameters)
        case "fill-mask": response = try await fillings(call, body, parameters)
        case "zero-shot-classification": response = try await zeroShot(call, body, parameters)
        case "text-ranking":
            let inputs = body.has("inputs") ? try body.object("inputs") : body
            response = try await TextEmbeddings.rerank(call, body: inputs.merged(with: parameters))
        default:
            throw ServingError(
                .notFound,
                """
                unknown task "\(task.prefix(80))"; use feature-extraction, sparse-encoding, multi-vector-encoding, \
                sentence-similarity, text-classification, token-classification, question-answering, fill-mask, zero-shot-classification or \
                text-ranking
                """)
        }
        return response
    }

    private static func classification(_ call: Call, _ body: Body, _ parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.classification, .reranking], named: nil)
        let items = try TextItems(objects: body.required("inputs"), limit: call.options.maxClientBatchSize)
        let function = try scoreFunction(parameters, model)
        let count = try parameters.int("top_k", in: 1...Int.max) ?? Int.max
        let details = try parameters.bool("details") ?? body.bool("details") ?? false
        let request = ClassificationRequest(
            items: items, cutting: try call.cutting(parameters),
            policy: try ExitRequest(parameters: parameters, model).policy)
        let result = try await call.classify(request, model, served)
        let lists = result.rows.map { row in
            JSONValue.array(
                row.labels(model, function).prefix(count).map { label in
                    var object: JSONObject = ["label": .string(label.name), "score": .float(label.score)]
                    if details { object.add(row, model) }
                    return .object(object)
                })
        }
        return WireResponse.json(JSONValue.array(lists).serializedBytes())
            .with(result.timing, call, served, task: "text-classification")
    }

    private static func scoreFunction(_ parameters: Body, _ model: LoadedModel) throws(ServingError) -> ScoreFunction {
        guard let name = try parameters.string("function_to_apply"), name != "default" else {
            return ScoreFunction(model.config)
        }
        guard let function = ScoreFunction(rawValue: name.lowercased()) else {
            throw .invalid(
                "parameters.function_to_apply", "expected \"sigmoid\", \"softmax\" or \"none\", found \"\(name)\"")
        }
        return function
    }

    private static func entities(_ call: Call, _ body: Body, _ parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.entities], named: nil)
        let (texts, isSingle, name) = try texts(body, call)
        let aggregation = try parameters.string("aggregation_strategy") ?? "simple"
        guard let strategy = EntityAggregation(rawValue: aggregation) else {
            throw ServingError.invalid(
                "parameters.aggregation_strategy",
                "unknown strategy \"\(aggregation)\"; use one of "
                    + EntityAggregation.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let kind = RowKind.entities(
            strategy, stride: try parameters.int("stride", in: 0...Int(Int32.max)),
            ignored: Set(try parameters.strings("ignore_labels") ?? ["O"]),
            truncates: try parameters.bool("truncate") ?? call.options.autoTruncate)
        let result = try await rows(texts, kind, call, model, served) { name($0) }
        let lists = result.outputs.map { output -> JSONValue in
            guard case .entities(let entities) = output else { return [] }
            return .array(entities.map(json))
        }
        let answer = isSingle ? lists.first ?? [] : .array(lists)
        return WireResponse.json(answer.serializedBytes())
            .with(timing(texts, result), call, served, task: "token-classification")
    }

    private static func json(_ entity: TokenEntity) -> JSONValue {
        var object = JSONObject()
        if let group = entity.entityGroup { object["entity_group"] = .string(group) }
        if let label = entity.entity { object["entity"] = .string(label) }
        object["score"] = .float(Float(entity.score))
        if let index = entity.index { object["index"] = .int(index) }
        object["word"] = .string(entity.word)
        object["start"] = .int(entity.start)
        object["end"] = .int(entity.end)
        return .object(object)
    }

    private static func answers(_ call: Call, _ body: Body, _ parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.answering], named: nil)
        let inputs = try body.required("inputs")
        let questions = try Body.read {
            try (inputs.value.arrayValue == nil ? [inputs] : inputs.elements()).map { node in
                (try node.required("question").string(), try node.required("context").string())
            }
        }
        guard !questions.isEmpty else { throw ServingError(.emptyInput, "`inputs` cannot be empty") }
        var options = AnswerParameters()
        options.topK = try parameters.int("top_k", in: 1...1000) ?? 1
        options.stride = try parameters.int("doc_stride", in: 0...Int(Int32.max))
        options.maximumAnswerLength = try parameters.int("max_answer_len", in: 1...Int(Int32.max)) ?? 15
        options.maximumLength = try parameters.int("max_seq_len", in: 1...Int(Int32.max))
            .map { min($0, model.text.maximumLength) }
        if let stride = options.stride, stride > window(options, model) {
            throw ServingError.invalid(
                "parameters.doc_stride",
                "is \(stride), but a window has \(window(options, model)) tokens (max_seq_len); use a smaller one")
        }
        options.allowsNoAnswer = try parameters.bool("handle_impossible_answer") ?? false
        options.alignsToWords = try parameters.bool("align_to_words") ?? true
        guard questions.count <= call.options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs, "\(questions.count) questions; the maximum is \(call.options.maxClientBatchSize)",
                parameter: "inputs")
        }
        let single = inputs.value.arrayValue == nil
        let kind = RowKind.answers(options)
        let isLong = questions.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count } > 4096
        let rows = try await call.onThread(if: isLong, of: served) { [options] in
            try questions.enumerated().map { place, question in
                let (text, context) = question
                let name = single ? "inputs" : "inputs[\(place)]"
                try checkQuestion(text, options, model, name)
                let tokens = tokenCount(text + " " + context, model)
                try checkLength(tokens, name)
                return Row(kind: kind, text: text, context: context, tokens: tokens)
            }
        }
        let result = try await call.compute(rows, on: model, of: served) { single ? "inputs" : "inputs[\($0)]" }
        let lists = result.outputs.map { output -> JSONValue in
            guard case .answers(let answers) = output else { return [] }
            let values = answers.map { answer -> JSONValue in
                [
                    "answer": .string(answer.answer), "score": .float(Float(answer.score)), "start": .int(answer.start),
                    "end": .int(answer.end),
                ]
            }
            return options.topK > 1 ? .array(values) : values.first ?? ["answer": "", "score": 0, "start": 0, "end": 0]
        }
        let answer = single ? lists.first ?? [] : .array(lists)
        return WireResponse.json(answer.serializedBytes())
            .with(timing(questions.map(\.1), result), call, served, task: "question-answering")
    }

    private static func fillings(_ call: Call, _ body: Body, _ parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.maskFilling], named: nil)
        let (texts, isSingle, name) = try texts(body, call)
        let kind = RowKind.fillings(
            topK: try parameters.int("top_k", in: 1...100_000) ?? 5, targets: try parameters.strings("targets"),
            truncates: try parameters.bool("truncate") ?? call.options.autoTruncate)
        let result = try await rows(texts, kind, call, model, served) { name($0) }
        let lists = result.outputs.map { output -> JSONValue in
            guard case .fillings(let fillings) = output else { return [] }
            let masks = fillings.masks.map { mask in
                JSONValue.array(
                    mask.map {
                        [
                            "score": .float(Float($0.score)), "token": .int($0.token),
                            "token_str": .string($0.tokenString), "sequence": .string($0.sequence),
                        ]
                    })
            }
            return masks.count == 1 ? masks[0] : .array(masks)
        }
        let answer = isSingle ? lists.first ?? [] : .array(lists)
        return WireResponse.json(answer.serializedBytes())
            .with(timing(texts, result), call, served, task: "fill-mask")
    }

    private static func zeroShot(_ call: Call, _ body: Body, _ parameters: Body) async throws -> WireResponse {
        let (served, model) = try await call.model(for: [.classification], named: nil)
        guard let (entailment, contradiction) = model.entailment else {
            throw ServingError(
                .unsupportedTask,
                """
                the model "\(served.name)" has no label that begins with "entail", which zero-shot classification requires; \
                serve one trained on natural language inference
                """)
        }
        let (texts, isSingle, _) = try texts(body, call)
        guard let node = parameters["candidate_labels"] else {
            throw ServingError(.missingParameter, "is missing", parameter: "parameters.candidate_labels")
        }
        let labels = try Body.read {
            try node.value.stringValue.map {
                $0.split(separator: ",").map { String($0.drop(while: \.isWhitespace)) }.filter { !$0.isEmpty }
            } ?? node.elements().map { try $0.string() }
        }
        guard !labels.isEmpty else {
            throw ServingError.invalid("parameters.candidate_labels", "there are no labels; send at least one")
        }
        guard labels.count * texts.count <= call.options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs,
                "\(labels.count) labels for \(texts.count) texts; the maximum is \(call.options.maxClientBatchSize) pairs",
                parameter: "parameters.candidate_labels")
        }
        let template = try parameters.string("hypothesis_template") ?? ZeroShotClassifier.hypothesisTemplate
        let parts = template.split(separator: "{}", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ServingError.invalid(
                "parameters.hypothesis_template",
                "expected a text that contains {} once, such as \"\(ZeroShotClassifier.hypothesisTemplate)\"")
        }
        let isMulti = try parameters.bool("multi_label") ?? false
        var cutting = try call.cutting(parameters)
        cutting.strategy = .onlyFirst
        let pairs = texts.flatMap { text in labels.map { TextItem.pair(text, "\(parts[0])\($0)\(parts[1])") } }
        let result = try await call.classify(
            ClassificationRequest(items: TextItems(pairs, parameter: "inputs", isSingle: true), cutting: cutting),
            model,
            served)
        let isOld = (call.request.header("user-agent") ?? "").contains("hf_hub/0.")
        let answers = texts.enumerated().map { index, text -> JSONValue in
            let rows = result.rows[index * labels.count..<(index + 1) * labels.count].map(\.logits)
            let scores =
                isMulti || labels.count == 1
                ? rows.map { ScoreFunction.softmax([$0[contradiction], $0[entailment]])[1] }
                : ScoreFunction.softmax(rows.map { $0[entailment] })
            let order = scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
            guard isOld else {
                return .array(order.map { ["label": .string(labels[$0]), "score": .float(Float(scores[$0]))] })
            }
            return [
                "sequence": .string(text), "labels": .array(order.map { .string(labels[$0]) }),
                "scores": .array(order.map { .float(Float(scores[$0])) }),
            ]
        }
        let answer = isSingle ? answers.first ?? [] : .array(answers)
        return WireResponse.json(answer.serializedBytes())
            .with(result.timing, call, served, task: "zero-shot-classification")
    }

    // MARK: Common parts

    private static func texts(
        _ body: Body, _ call: Call
    ) throws(ServingError) -> (texts: [String], isSingle: Bool, name: @Sendable (Int) -> String) {
        let node = try body.required("inputs")
        let isSingle = node.value.arrayValue == nil
        let texts = try Body.read { try (isSingle ? [node] : node.elements()).map { try $0.string() } }
        guard !texts.isEmpty else { throw ServingError(.emptyInput, "`inputs` cannot be empty") }
        guard texts.count <= call.options.maxClientBatchSize else {
            throw ServingError(
                .tooManyInputs, "\(texts.count) inputs; the maximum is \(call.options.maxClientBatchSize)",
                parameter: "inputs")
        }
        return (texts, isSingle, { isSingle ? "inputs" : "inputs[\($0)]" })
    }

    private static func rows(
        _ texts: [String], _ kind: RowKind, _ call: Call, _ model: LoadedModel, _ served: ServedModel,
        input: @escaping @Sendable (Int) -> String
    ) async throws -> EngineResult {
        let rows = try await call.onThread(if: texts.reduce(0) { $0 + $1.utf8.count } > 4096, of: served) {
            try texts.enumerated().map { place, text in
                let tokens = tokenCount(text, model)
                guard case .entities(_, stride: .some, _, _) = kind else {
                    // Without windows, a text is truncated, or it is an error.
                    return Row(kind: kind, text: text, tokens: min(tokens, model.text.maximumLength))
                }
                try checkLength(tokens, input(place))
                return Row(kind: kind, text: text, tokens: tokens)
            }
        }
        return try await call.compute(rows, on: model, of: served, input: input)
    }

    /// The maximum number of tokens in a text that is divided into windows. All of its windows are computed in a single
    /// step of the engine, during which other requests wait.
    private static let windowedTokens = 16_384

    private static func checkLength(_ tokens: Int, _ input: String?) throws(ServingError) {
        guard tokens <= windowedTokens else {
            throw ServingError(
                .tooManyTokens, "\(tokens) tokens, but the server supports at most \(windowedTokens); split the text",
                parameter: input)
        }
    }

    /// Returns the maximum number of tokens of a question with a part of its context.
    private static func window(_ options: AnswerParameters, _ model: LoadedModel) -> Int {
        options.maximumLength ?? min(model.text.maximumLength, 384)
    }

    /// Checks that the windows of a context have room beside the question.
    private static func checkQuestion(
        _ question: String, _ options: AnswerParameters, _ model: LoadedModel, _ input: String
    ) throws(ServingError) {
        let limit = window(options, model)
        guard let tokens = try? model.text.tokenizer.tokenCount(question, pair: ""), tokens >= limit else { return }
        throw ServingError(
            .tooManyTokens,
            """
            \(tokens) tokens, including special tokens, leave no room for the context in a window of \(limit) (max_seq_len); \
            shorten the question
            """, parameter: input + ".question")
    }

    private static func tokenCount(_ text: String, _ model: LoadedModel) -> Int {
        (try? model.text.tokenizer.tokenCount(text)) ?? text.utf8.count
    }

    private static func timing(_ texts: [String], _ result: EngineResult) -> Timing {
        var timing = Timing()
        timing.characters = texts.reduce(0) { $0 + $1.unicodeScalars.count }
        timing.texts = texts.count
        timing.queued = result.queued
        timing.computed = result.computed
        timing.tokens = result.tokens
        return timing
    }
}
