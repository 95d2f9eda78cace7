import BertCore

/// A reader for pickles that contain only tensors by name.
///
/// Python pickles are programs that import and call functions. This reader supports only the instructions that
/// `torch.save` uses for state dictionaries. It never calls anything, and rejects all imports that tensors don't need.
/// The instructions are those of protocols 2 to 4, as described in Python's `pickletools`.
struct PickleReader {
    let source: String
    private(set) var cursor: PickleCursor
    var stack: [PickleValue] = []
    /// The stack height at each open mark.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// The contents of tuples, lists and dictionaries.
    var heap: [[PickleValue]] = []
    var storages: [PickledStorage] = []
    var tensors: [PickledTensor] = []

    /// Returns the state dictionary of a pickle.
    ///
    /// - Throws: ``BertError`` `.malformedFile` with the file and the byte offset.
    static func state(in pickle: [UInt8], source: String) throws -> PickledState {
        var reader = PickleReader(pickle, source: source)
        let value = try reader.value()
        guard reader.cursor.isAtEnd else { throw reader.failure("the pickle continues after its end") }
        return try reader.state(value)
    }

    /// Creates a reader for one of several consecutive pickles.
    ///
    /// - Parameter position: The offset of the first byte.
    init(_ bytes: [UInt8], from position: Int = 0, source: String) {
        self.source = source
        cursor = PickleCursor(bytes: bytes, position: position)
    }

    /// Runs the pickle and returns the resulting value.
    mutating func value() throws -> PickleValue {
        while try step() {}
        guard stack.count == 1, marks.isEmpty else {
            throw BertError(.malformedFile, "the pickle ends with \(stack.count) values instead of one", file: source)
        }
        return stack[0]
    }

    func failure(_ reason: String) -> BertError {
        BertError(.malformedFile, "byte \(cursor.instruction): \(reason)", file: source)
    }

    /// Executes one instruction. Returns false after the last one.
    private mutating func step() throws -> Bool {
        guard let code = cursor.next() else { throw ended() }
        switch code {
        case UInt8(ascii: "."): return false
        case 0x80:  // PROTO
            let version = try byte()
            guard (2...5).contains(version) else { throw failure("the pickle has the unknown protocol \(version)") }
        case 0x95: _ = try number(8)  // FRAME
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
        case UInt8(ascii: "K"): stack.append(.int(try byte()))
        case UInt8(ascii: "M"): stack.append(.int(try number(2)))
        case 0x8a: stack.append(.int(try longInteger()))
        case UInt8(ascii: "G"): stack.append(.float(try bigEndianDouble()))
        case UInt8(ascii: "X"): stack.append(.string(try string(number(4))))
        case 0x8c, UInt8(ascii: "U"): stack.append(.string(try string(byte())))
        case 0x8d: stack.append(.string(try string(number(8))))
        case UInt8(ascii: "T"): stack.append(.string(try string(number(4))))
        case UInt8(ascii: "q"): memo[try byte()] = try top()
        case UInt8(ascii: "r"): memo[try number(4)] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): stack.append(try remembered(byte()))
        case UInt8(ascii: "j"): stack.append(try remembered(number(4)))
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "]"): stack.append(.list(allocate([])))
        case UInt8(ascii: "}"): stack.append(.dictionary(allocate([])))
        case UInt8(ascii: ")"): stack.append(.tuple(allocate([])))
        case 0x85, 0x86, 0x87: stack.append(.tuple(allocate(try pop(Int(code) - 0x84))))
        case UInt8(ascii: "t"): stack.append(.tuple(allocate(try popToMark())))
        case UInt8(ascii: "a"): try append(pop(1))
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "s"): try setItems(pop(2))
        case UInt8(ascii: "u"): try setItems(popToMark())
        case UInt8(ascii: "c"): stack.append(try global(module: line(), name: line()))
        case 0x93: try pushNamedGlobal()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        case UInt8(ascii: "Q"): try pushStorage()
        default:
            let name = String(code, radix: 16)
            throw failure(
                "the pickle has the unsupported instruction 0x\(name); only tensor data is supported")
        }
        return true
    }

    /// Returns the members of a state dictionary. A member that isn't a tensor only matters if a model needs it.
    func state(_ value: PickleValue) throws -> PickledState {
        guard case .dictionary(let dictionary) = value else {
            throw BertError(
                .malformedFile, "holds \(value.kind) instead of a state dictionary (tensors by name)", file: source)
        }
        let members = heap[dictionary]
        try checkNotNested(members)
        var names: Set<String> = []
        var state = PickledState()
        for position in stride(from: 0, to: members.count - 1, by: 2) {
            guard case .string(let name) = members[position] else {
                throw BertError(.malformedFile, "a tensor's name is \(members[position].kind)", file: source)
            }
            guard names.insert(name).inserted else {
                throw BertError(.malformedFile, "the tensor appears twice", file: source, key: name)
            }
            if case .tensor(let tensor) = members[position + 1] {
                state.tensors.append((name, tensors[tensor]))
            } else {
                state.unusable.append(
                    (
                        name,
                        BertError(
                            .malformedFile,
                            "is \(members[position + 1].kind), not a tensor; use a file from "
                                + "torch.save(model.state_dict(), path)", file: source, key: name)
                    ))
            }
        }
        return state
    }

    /// Rejects training checkpoints, which contain the state dictionary in one of their members.
    private func checkNotNested(_ members: [PickleValue]) throws {
        for position in stride(from: 0, to: members.count - 1, by: 2) {
            guard case .string(let name) = members[position], case .dictionary(let inner) = members[position + 1],
                heap[inner].count >= 2, case .tensor = heap[inner][1]
            else { continue }
            throw BertError(
                .malformedFile, PickleAdvice.stateDictionary(member: name, file: source), file: source, key: name)
        }
    }
}

extension PickleReader {
    mutating func allocate(_ values: [PickleValue]) -> Int {
        heap.append(values)
        return heap.count - 1
    }

    /// Pops values from the stack and returns them in order.
    mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw failure("the pickle pops from an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw failure("the pickle has no mark to return to") }
        return try pop(stack.count - mark)
    }

    private func top() throws -> PickleValue {
        guard let value = stack.last else { throw failure("the pickle pops from an empty stack") }
        return value
    }

    private func remembered(_ key: Int) throws -> PickleValue {
        guard let value = memo[key] else { throw failure("the pickle recalls value \(key), which it never stored") }
        return value
    }

    private mutating func append(_ values: [PickleValue]) throws {
        guard case .list(let list) = try top() else {
            throw failure("the pickle appends to something that is not a list")
        }
        heap[list] += values
    }

    private mutating func setItems(_ values: [PickleValue]) throws {
        guard case .dictionary(let dictionary) = try top() else {
            throw failure("the pickle sets a member of something that is not a dictionary")
        }
        guard values.count.isMultiple(of: 2) else { throw failure("the pickle sets a member without a value") }
        heap[dictionary] += values
    }

    private func ended() -> BertError { failure("the pickle ends too early; the file is damaged") }

    private mutating func byte() throws -> Int { try number(1) }

    /// Returns a little-endian number of `count` bytes.
    private mutating func number(_ count: Int) throws -> Int {
        guard let bytes = cursor.take(count) else { throw ended() }
        let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw failure("the pickle has the length \(value)") }
        return number
    }

    private mutating func longInteger() throws -> Int {
        guard let bytes = try cursor.take(byte()) else { throw ended() }
        guard bytes.count <= 8 else { throw failure("the pickle has an integer of \(bytes.count) bytes") }
        let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
        return Int(
            truncatingIfNeeded: bytes.reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) })
    }

    private mutating func bigEndianDouble() throws -> Double {
        guard let bytes = cursor.take(8) else { throw ended() }
        return Double(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private mutating func string(_ count: Int) throws -> String {
        guard let bytes = cursor.take(count) else { throw ended() }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw failure("the pickle has a string that is not UTF-8")
        }
        return string
    }

    private mutating func line() throws -> String {
        guard let bytes = cursor.takeLine() else { throw ended() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
