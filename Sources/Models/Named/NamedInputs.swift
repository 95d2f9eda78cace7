import BertCore

/// The inputs of a request by name. Errors contain the name of the input.
package struct NamedInputs {
    private let tensors: [String: NamedTensor]
    private let model: String

    /// The inputs that all models accept.
    static let common = [
        "input_ids", "inputs_embeds", "attention_mask", "token_type_ids", "position_ids", "head_mask",
        "encoder_hidden_states", "encoder_attention_mask",
    ]

    /// Checks the inputs of a request.
    ///
    /// - Parameters:
    ///   - more: The names of inputs that the model accepts in addition to ``common``.
    ///   - exits: Whether the model supports early exit.
    /// - Throws: ``BertError`` with code `invalidInput` for unknown or duplicate names and for values that don't match
    ///   their shape; `invalidArgument` for a policy that the model doesn't support.
    package init(_ request: ForwardRequest, for model: String, more: [String], exits: Bool = false) throws {
        self.model = model
        let known = Self.common + more
        var tensors: [String: NamedTensor] = [:]
        for tensor in request.inputs {
            guard known.contains(tensor.name) else {
                let hint = Spelling.nearest(to: tensor.name, among: known).map { "did you mean \($0)? " } ?? ""
                throw BertError(
                    .invalidInput, "\(model) has no such input; \(hint)Its inputs are \(known.joined(separator: ", "))",
                    key: tensor.name, choices: known)
            }
            guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                throw BertError(.invalidInput, "the input appears twice", key: tensor.name)
            }
            guard Self.elementCount(tensor.shape) == tensor.count else {
                throw BertError(
                    .invalidInput, "\(tensor.count) values don't match the shape \(tensor.shape)", key: tensor.name,
                    value: .int(tensor.count))
            }
        }
        if let policy = request.policy, !exits, policy != .never {
            throw BertError(
                .invalidArgument, "\(model) has no off-ramps, so early exit is not supported", key: "policy")
        }
        self.tensors = tensors
    }

    /// Returns the product of the dimensions; nil if they are invalid.
    private static func elementCount(_ shape: [Int]) -> Int? {
        var product = 1
        for length in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }

    /// Returns the input with the given name; nil if it is missing.
    package func tensor(_ name: String) -> NamedTensor? { tensors[name] }

    /// Checks the shape of an input against the allowed ones, in which negative lengths match any length.
    package func expect(_ tensor: NamedTensor, _ wanted: [Int]..., words: String) throws {
        let fits = wanted.contains { wanted in
            wanted.count == tensor.shape.count && zip(wanted, tensor.shape).allSatisfy { $0 < 0 || $0 == $1 }
        }
        guard fits else {
            throw BertError(
                .invalidInput, "the shape is \(tensor.shape); expected \(words)", key: tensor.name,
                value: .string("\(tensor.shape)"), limit: .string(words))
        }
    }

    /// Returns the integers of an input, which must fit 32 bits.
    package func integers(_ name: String) throws -> [Int32]? {
        guard let tensor = tensors[name] else { return nil }
        guard case .integers(let values) = tensor.values else {
            throw BertError(.invalidInput, "must contain integers", key: name)
        }
        return try values.map {
            guard let value = Int32(exactly: $0) else {
                throw BertError(
                    .invalidInput, "can't hold \($0)", key: name, value: .int(Int($0)), limit: .int(Int(Int32.max)))
            }
            return value
        }
    }

    /// Returns the numbers of an input, which may be floats or integers.
    package func floats(_ name: String) -> [Float]? {
        switch tensors[name]?.values {
        case nil: nil
        case .floats(let values): values
        case .integers(let values): values.map(Float.init)
        }
    }

    /// Returns a mask of ones and zeros.
    package func mask(_ name: String) throws -> [Bool]? {
        try floats(name)?.map { value in
            guard value == 0 || value == 1 else {
                throw BertError(
                    .invalidInput, "must contain zeros and ones, not \(value)", key: name,
                    value: .double(Double(value)), choices: ["0", "1"])
            }
            return value == 1
        }
    }

    /// Returns the labels of whole sequences. Integers are classes.
    package func sequenceLabels(sequences: Int, labels: Int) throws -> SequenceLabels? {
        guard let tensor = tensors["labels"] else { return nil }
        try expect(
            tensor, [sequences], [sequences, labels], [sequences, 1],
            words: "[\(sequences)] or [\(sequences), \(labels)]")
        if case .floats(let values) = tensor.values { return .numbers(values) }
        return try integers("labels").map { .classes($0) }
    }

    /// Returns integer labels, whose shape must be one of the given ones.
    package func labels(_ name: String, _ shapes: [Int]...) throws -> [Int32]? {
        guard let tensor = tensors[name] else { return nil }
        guard shapes.contains(tensor.shape) else {
            let words = shapes.map(\.description).joined(separator: " or ")
            throw BertError(
                .invalidInput, "the shape is \(tensor.shape); expected \(words)", key: name,
                value: .string("\(tensor.shape)"), limit: .string(words))
        }
        return try integers(name)
    }
}
