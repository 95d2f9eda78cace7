public import BertCheckpoints
public import BertCore
public import BertJSON
public import BertModels

/// A golden case of a model: inputs with Python's names, and the expected outputs.
public struct FixtureCase: Sendable, CustomStringConvertible {
    /// The model's folder in `Tests/Fixtures`.
    public let folder: String
    /// The case's JSON in `cases.json`.
    public let json: JSONNode
    /// The case's name in `cases.json`.
    public let name: String
    private let arrays: Checkpoint

    /// Returns all cases of a model that are inputs of the model.
    public static func all(of folder: String) throws -> [FixtureCase] {
        let files = try ModelFiles(folder: Fixtures.path(folder))
        let source = files.path(of: "cases.json")
        let json = JSONNode(try JSONValue(parsing: files.read("cases.json"), source: source), source: source)
        let arrays = try Checkpoint(
            ModelFiles(name: source, files: ["model.safetensors": files.map("expected.safetensors")]))
        return try json.required("cases").elements().map {
            FixtureCase(folder: folder, json: $0, name: try $0.required("name").string(), arrays: arrays)
        }
    }

    /// A description such as `models/bert-base/single`.
    public var description: String { "\(folder)/\(name)" }

    /// Returns whether the case has an input with a name.
    public func has(_ input: String) throws -> Bool { try json.required("inputs").member(input) != nil }

    /// The names of the expected outputs.
    public var outputs: [String] { get throws { try json.required("expected").members().map(\.key) } }

    /// The tolerance of the case.
    public var tolerance: Tolerance {
        get throws {
            let node = try json.required("tolerance")
            return Tolerance(
                absolute: try node.required("atol").double(), relative: try node.required("rtol").double())
        }
    }

    /// Returns an expected output.
    public func output(_ name: String) throws -> [Float] {
        try floats(json.required("expected").required(name).string())
    }

    /// Returns the shape of an expected output.
    public func outputShape(_ name: String) throws -> [Int] {
        try arrays.tensor(json.required("expected").required(name).string()).shape
    }

    /// Returns an array of the case's file by its key.
    public func floats(_ key: String) throws -> [Float] {
        try arrays.float32(key).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    private func key(_ input: String) throws -> String? {
        try json.required("inputs").member(input)?.string()
    }

    private func integers(_ input: String) throws -> [Int32]? { try key(input).map { try arrays.int32($0) } }

    /// Returns the stored inputs with Python's names.
    public func inputTensors() throws -> [SafetensorsWriter.Tensor] {
        try json.required("inputs").members().map { name, key in
            let stored = try arrays.tensor(key.string())
            return SafetensorsWriter.Tensor(
                name: name, type: stored.type.elementType ?? .float32, shape: stored.shape, data: stored.data)
        }
    }

    /// Returns the shape of an input.
    public func shape(_ input: String) throws -> [Int]? { try key(input).flatMap { arrays.shape(of: $0) } }

    /// Returns whether each token of the padded batch is masked, or nil without a token mask.
    func maskedTokens() throws -> [Bool]? { try integers("attention_mask").map { $0.map { $0 == 0 } } }

    /// Returns the inputs as a model input.
    public func modelInput() throws -> ModelInput {
        let words: ModelInput.Words
        let shape: [Int]
        if let ids = try integers("input_ids") {
            words = .ids(ids)
            shape = try self.shape("input_ids") ?? []
        } else {
            shape = try self.shape("inputs_embeds") ?? []
            words = .vectors(try key("inputs_embeds").map(floats) ?? [], size: shape.last ?? 0)
        }
        let mask = try integers("attention_mask").map { $0.map { $0 != 0 } }
        let headMaskShape = try self.shape("head_mask") ?? []
        var headMask: [[Float]]?
        if let key = try key("head_mask"), let heads = headMaskShape.last {
            let values = try floats(key)
            let rows = stride(from: 0, to: values.count, by: heads).map { Array(values[$0..<$0 + heads]) }
            headMask = rows
        }
        // [batch, sequence], or [batch, choices, sequence].
        let rank = try has("input_ids") ? shape.count : shape.count - 1
        return ModelInput(
            words: words, lengths: [Int](repeating: shape[rank - 1], count: shape[..<(rank - 1)].reduce(1, *)),
            tokenTypes: try integers("token_type_ids"), positions: try integers("position_ids"),
            mask: try mask.map { try rank == 2 && self.shape("attention_mask")?.count == 3 ? .pairs($0) : .tokens($0) },
            headMask: headMask)
    }

    /// Returns the inputs with Python's names, for any model.
    ///
    /// - Parameter omitting: The names to omit.
    public func request(omitting: Set<String> = []) throws -> ForwardRequest {
        let inputs = try json.required("inputs").members().filter { !omitting.contains($0.key) }.map { name, key in
            let key = try key.string()
            let shape = try arrays.tensor(key).shape
            return try arrays.tensor(key).type.isInteger
                ? NamedTensor(name, integers: arrays.int64(key), shape: shape)
                : NamedTensor(name, floats: floats(key), shape: shape)
        }
        return ForwardRequest(
            inputs, hiddenStates: try outputs.contains("hidden_states.0"),
            attentions: try outputs.contains("attentions.0"))
    }

    /// Returns the labels of sequences.
    public func sequenceLabels() throws -> SequenceLabels? {
        guard let key = try key("labels") else { return nil }
        return try arrays.tensor(key).type.isInteger ? .classes(arrays.int32(key)) : .numbers(floats(key))
    }

    /// Returns whether the model computes each token of the padded batch like Python does, which is the case for tokens
    /// that aren't masked.
    public func comparedTokens() throws -> [Bool] {
        let input = try modelInput()
        if case .tokens(let seen) = input.mask { return seen }
        return [Bool](repeating: true, count: input.lengths.reduce(0, +))
    }
}

extension SafetensorsType {
    fileprivate var isInteger: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: false
        default: true
        }
    }
}
