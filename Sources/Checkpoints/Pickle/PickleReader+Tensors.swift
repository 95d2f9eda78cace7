import BertCore

/// The imports and calls in a pickle of tensors.
extension PickleReader {
    /// Returns a global that tensors need.
    ///
    /// - Throws: ``BertError`` `.malformedFile` with the name of any other global.
    func global(module: String, name: String) throws -> PickleValue {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw BertError(
                .malformedFile,
                "imports \(module).\(name), but only tensor data is supported: the file "
                    + PickleAdvice.module(file: source), file: source, value: "\(module).\(name)")
        }
        return .global(global)
    }

    /// Pushes a global whose module and name are on the stack.
    mutating func pushNamedGlobal() throws {
        let names = try pop(2)
        guard case .string(let module) = names[0], case .string(let name) = names[1] else {
            throw failure("the pickle imports something without a name")
        }
        stack.append(try global(module: module, name: name))
    }

    /// Records the result of calling a global. Nothing is actually called.
    mutating func reduce() throws {
        let operands = try pop(2)
        guard case .global(let function) = operands[0], case .tuple(let tuple) = operands[1] else {
            throw failure("the pickle calls \(operands[0].kind); only tensor data is supported")
        }
        let arguments = heap[tuple]
        switch function {
        case .orderedDict:
            guard arguments.isEmpty else { throw failure("OrderedDict is called with arguments") }
            stack.append(.dictionary(allocate([])))
        case .rebuildTensor: stack.append(try tensor(arguments, isTyped: false))
        case .rebuildOldTensor:
            guard arguments.count == 4 else { throw failure("_rebuild_tensor is called with unexpected arguments") }
            stack.append(try tensor(arguments + [.bool(false), .none], isTyped: false))
        case .rebuildTypedTensor: stack.append(try tensor(arguments, isTyped: true))
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else {
                throw failure("_rebuild_parameter is called with unexpected arguments")
            }
            stack.append(arguments[0])
        case .storage, .untypedStorage, .elementType:
            throw failure("the pickle calls a type; only tensor data is supported")
        }
    }

    /// Ignores the attributes of a dictionary. State dictionaries have `_metadata`.
    mutating func build() throws {
        let operands = try pop(2)
        guard case .dictionary = operands[0] else {
            throw failure("the pickle sets attributes of \(operands[0].kind); only tensor data is supported")
        }
        stack.append(operands[0])
    }

    /// Pushes the storage of a persistent id: ('storage', type, key, device, count) and, before PyTorch 1.6, a view.
    mutating func pushStorage() throws {
        guard case .tuple(let tuple) = try pop(1)[0] else { throw failure("the id of a storage is not a tuple") }
        let parts = heap[tuple]
        if case .string("module")? = parts.first {
            throw BertError(.malformedFile, PickleAdvice.module(file: source), file: source)
        }
        if parts.count == 6 {
            guard case .none = parts[5] else {
                throw failure(
                    "a storage is a view of another one, a format of PyTorch before 0.4 that is not supported")
            }
        }
        guard (5...6).contains(parts.count), case .string("storage") = parts[0], case .global(let kind) = parts[1],
            case .string(let key) = parts[2], case .string = parts[3], case .int(let count) = parts[4], count >= 0
        else { throw failure("a storage is not in the format of torch.save") }
        let type: SafetensorsType?
        switch kind {
        case .storage(let elementType): type = elementType
        case .untypedStorage: type = nil
        default: throw failure("a storage has a function instead of a type")
        }
        storages.append(PickledStorage(key: key, type: type, count: count))
        stack.append(.storage(storages.count - 1))
    }

    /// (storage, offset, shape, strides, requires_grad, hooks[, type][, metadata])
    private mutating func tensor(_ arguments: [PickleValue], isTyped: Bool) throws -> PickleValue {
        guard arguments.count >= (isTyped ? 7 : 6), case .storage(let position) = arguments[0],
            case .int(let offset) = arguments[1], offset >= 0, let shape = lengths(arguments[2]),
            let strides = lengths(arguments[3]), shape.count == strides.count
        else { throw failure("a tensor is not in the format of torch.save") }
        let storage = storages[position]
        let type: SafetensorsType
        switch (isTyped ? arguments[6] : .none, storage.type) {
        case (.none, let own?): type = own
        case (.global(.elementType(let named)), nil): type = named
        default: throw failure("a tensor and its storage have no element type")
        }
        tensors.append(PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }

    /// Returns the elements of a tuple of up to eight nonnegative integers, or nil for other values.
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
