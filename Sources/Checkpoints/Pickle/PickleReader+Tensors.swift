import BertCore

/// What a pickle of tensors imports and calls.
extension PickleReader {
    /// A global that tensors need.
    ///
    /// - Throws: ``BertError`` `.malformedFile` that names any other.
    func global(module: String, name: String) throws -> PickleValue {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw BertError(
                .malformedFile,
                "\(source) wants to import \(module).\(name); only tensor data is read. If the file is to be trusted, "
                    + "convert it in Python: AutoModel.from_pretrained(folder).save_pretrained(folder)")
        }
        return .global(global)
    }

    /// A global whose module and name are on the stack.
    mutating func pushNamedGlobal() throws {
        let names = try pop(2)
        guard case .string(let module) = names[0], case .string(let name) = names[1] else {
            throw failure("the pickle imports something that has no name")
        }
        stack.append(try global(module: module, name: name))
    }

    /// Calls a global, which here means: describes what the call would give.
    mutating func reduce() throws {
        let operands = try pop(2)
        guard case .global(let function) = operands[0], case .tuple(let tuple) = operands[1] else {
            throw failure("the pickle calls \(operands[0].kind); only tensor data is read")
        }
        let arguments = heap[tuple]
        switch function {
        case .orderedDict:
            guard arguments.isEmpty else { throw failure("OrderedDict is called with arguments") }
            stack.append(.dictionary(allocate([])))
        case .rebuildTensor: stack.append(try tensor(arguments, isTyped: false))
        case .rebuildTypedTensor: stack.append(try tensor(arguments, isTyped: true))
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else {
                throw failure("_rebuild_parameter is called with other arguments than a tensor's")
            }
            stack.append(arguments[0])
        case .storage, .untypedStorage, .elementType:
            throw failure("the pickle calls a type; only tensor data is read")
        }
    }

    /// Attributes of a dictionary (`_metadata` of a state dictionary): of no use here.
    mutating func build() throws {
        let operands = try pop(2)
        guard case .dictionary = operands[0] else {
            throw failure("the pickle sets attributes of \(operands[0].kind); only tensor data is read")
        }
        stack.append(operands[0])
    }

    /// The storage that a persistent id names: ('storage', type, key, device, count).
    mutating func pushStorage() throws {
        guard case .tuple(let tuple) = try pop(1)[0] else { throw failure("a storage has no tuple as its name") }
        let parts = heap[tuple]
        guard parts.count == 5, case .string("storage") = parts[0], case .global(let kind) = parts[1],
            case .string(let key) = parts[2], case .string = parts[3], case .int(let count) = parts[4], count >= 0
        else { throw failure("a storage is not described as torch.save does it") }
        let type: SafetensorsType?
        switch kind {
        case .storage(let elementType): type = elementType
        case .untypedStorage: type = nil
        default: throw failure("a storage has a function in the place of its type")
        }
        storages.append(PickledStorage(key: key, type: type, count: count))
        stack.append(.storage(storages.count - 1))
    }

    /// (storage, offset, shape, strides, requires_grad, hooks[, type][, metadata])
    private mutating func tensor(_ arguments: [PickleValue], isTyped: Bool) throws -> PickleValue {
        guard arguments.count >= (isTyped ? 7 : 6), case .storage(let position) = arguments[0],
            case .int(let offset) = arguments[1], offset >= 0, let shape = lengths(arguments[2]),
            let strides = lengths(arguments[3]), shape.count == strides.count
        else { throw failure("a tensor is not described as torch.save does it") }
        let storage = storages[position]
        let type: SafetensorsType
        switch (isTyped ? arguments[6] : .none, storage.type) {
        case (.none, let own?): type = own
        case (.global(.elementType(let named)), nil): type = named
        default: throw failure("a tensor and its storage do not say what their elements are")
        }
        tensors.append(PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }

    /// A tuple of up to eight integers of at least 0, or nil.
    private func lengths(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let tuple) = value, heap[tuple].count <= Shape.maximumRank else { return nil }
        var lengths: [Int] = []
        for value in heap[tuple] {
            guard case .int(let length) = value, length >= 0 else { return nil }
            lengths.append(length)
        }
        return lengths
    }
}
