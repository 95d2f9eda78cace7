import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

/// Tests that damaged archives and pickles are errors, not traps.
@Suite struct PickleDamageTests {
    @Test func `A file made by hand is read`() throws {
        let pickle = Pickle.member(Pickle.tensor(Pickle.storage(), offset: 1, shape: [3], strides: [1]))
        #expect(try openTorchFile(torchFile(pickle)).float32("a").floats == [1, 2, 3])
        // The stride of an axis with one element is ignored.
        let odd = Pickle.member(Pickle.tensor(Pickle.storage(), shape: [2, 1, 2], strides: [1, Int.max, 2]))
        #expect(try openTorchFile(torchFile(odd)).float32("a").floats == [0, 2, 1, 3])
    }

    static let tensors: [(offset: Int, shape: [Int], strides: [Int], key: String?)] = [
        (1, [4], [1], "a"), (0, [4], [2], "a"), (5, [], [], "a"), (0, [1 << 40], [0], "a"),
        (0, [1 << 40, 1 << 40], [0, 0], "a"), (0, [2, 2], [Int.max, 1], "a"), (Int.max, [1], [1], "a"),
        (Int.max, [2], [Int.max], "a"), (-1, [1], [1], nil), (0, [-1], [1], nil), (0, [1], [-1], nil),
        (0, [1], [], nil), (0, Array(repeating: 1, count: 9), Array(repeating: 1, count: 9), nil),
    ]

    @Test(arguments: tensors.indices) func `A tensor that its storage does not hold is an error`(index: Int) throws {
        let (offset, shape, strides, key) = Self.tensors[index]
        let pickle = Pickle.member(Pickle.tensor(Pickle.storage(), offset: offset, shape: shape, strides: strides))
        expectDamage(pickle, key)
    }

    static let storages: [(storage: String, type: String, count: Int, key: String?)] = [
        ("1", "FloatStorage", 4, "a"), ("../data.pkl", "FloatStorage", 4, "a"), ("0", "FloatStorage", 5, "a"),
        ("0", "FloatStorage", 3, "a"), ("0", "DoubleStorage", Int.max, "a"), ("0", "FloatStorage", -1, nil),
        ("0", "float32", 4, nil),
    ]

    @Test(arguments: storages.indices) func `A storage that is not there is an error`(index: Int) throws {
        let (storage, type, count, key) = Self.storages[index]
        let pickle = Pickle.member(
            Pickle.tensor(Pickle.storage(key: storage, type: type, count: count), shape: [1], strides: [1]))
        expectDamage(pickle, key)
    }

    /// Expects the error of a tensor that doesn't fit, or of an invalid pickle.
    private func expectDamage(_ pickle: [UInt8], _ tensor: String?) {
        let file = "m/pytorch_model.bin" + (tensor == nil ? ", x/data.pkl" : "")
        let error = expectError(.malformedFile, file: file, key: tensor) { try openTorchFile(torchFile(pickle)) }
        #expect(error?.key == tensor)
    }

    static let programs: [(name: String, pickle: [UInt8], text: String)] = {
        let p = Pickle.self
        let tensor = p.tensor(p.storage(), shape: [4], strides: [1])
        return [
            ("empty", [], "the pickle ends too early"),
            ("only the end", p.stop, "ends with 0 values"),
            ("a value too many", p.run(p.dictionary, p.dictionary, p.stop), "ends with 2 values"),
            ("an open mark", p.run(p.dictionary, p.mark, p.stop), "instead of one"),
            ("more behind the end", p.member(tensor) + [0], "continues after its end"),
            ("nothing to call", p.run(p.call), "pops from an empty stack"),
            ("a call below a mark", p.run(p.dictionary, p.mark, p.ascii("s")), "pops from an empty stack"),
            ("no mark", p.run(p.tuple), "no mark to return to"),
            ("nothing to remember", p.run(p.ascii("q\u{0}")), "pops from an empty stack"),
            ("nothing remembered", p.run(p.ascii("h\u{0}")), "recalls value 0"),
            ("a far memory", p.run(p.ascii("N"), p.ascii("r"), le(-1, 4), p.ascii("j"), le(7, 4)), "recalls value 7"),
            ("a huge string", p.run(p.ascii("X"), le(-1, 4)), "ends too early"),
            ("a huger string", p.run([0x8d], le(-1, 8)), "has the length 18446744073709551615"),
            ("a long integer", p.run([0x8a, 200], [UInt8](repeating: 1, count: 200)), "integer of 200 bytes"),
            ("a bad string", p.run(p.ascii("X"), le(1, 4), [0xff]), "not UTF-8"),
            ("a future protocol", [0x80, 99], "unknown protocol 99"),
            ("an old instruction", p.run(p.ascii("I1\n")), "has the unsupported instruction 0x49"),
            ("an instance", p.run(p.ascii("(ios\nsystem\n")), "has the unsupported instruction 0x69"),
            ("an object", p.run([0x81]), "has the unsupported instruction 0x81"),
            ("a registered extension", p.run([0x82, 1]), "has the unsupported instruction 0x82"),
            ("a call of a value", p.run(p.ascii("N)"), p.call), "calls None"),
            ("a call of a type", p.run(p.global("torch", "FloatStorage"), p.ascii(")"), p.call), "calls a type"),
            (
                "a call without a tuple", p.run(p.global("collections", "OrderedDict"), p.ascii("N"), p.call),
                "calls"
            ),
            (
                "a call with arguments",
                p.run(p.global("collections", "OrderedDict"), p.tuple(p.dictionary), p.call), "with arguments"
            ),
            ("attributes of a tensor", p.run(tensor, p.dictionary, p.ascii("b")), "sets attributes of a tensor"),
            ("members of a list", p.run(p.ascii("]NNs")), "not a dictionary"),
            ("elements of a dictionary", p.run(p.ascii("}Na")), "not a list"),
            ("half a member", p.run(p.ascii("}(NNNu")), "without a value"),
            ("a name of no string", p.run(p.ascii("NN"), [0x93]), "without a name"),
            ("a number as a name", p.run(p.dictionary, p.int(1), tensor, p.setItem, p.stop), "name is an integer"),
            (
                "one name twice",
                p.run(p.dictionary, p.string("a"), tensor, p.setItem, p.string("a"), tensor, p.setItem, p.stop),
                "a: the tensor appears twice"
            ),
            ("a storage without a name", p.run(p.ascii("NQ")), "id of a storage is not a tuple"),
            (
                "a storage of a function",
                p.run(
                    p.tuple(
                        p.string("storage"), p.global("collections", "OrderedDict"), p.string("0"), p.string("cpu"),
                        p.int(1)), p.ascii("Q")), "instead of a type"
            ),
            (
                "a parameter of nothing",
                p.run(p.global("torch._utils", "_rebuild_parameter"), p.ascii(")"), p.call), "unexpected arguments"
            ),
            (
                "a tensor of nothing", p.run(p.global("torch._utils", "_rebuild_tensor_v2"), p.ascii(")"), p.call),
                "not in the format of torch.save"
            ),
            ("os.system", p.run(p.global("os", "system")), "imports os.system, but only tensor data is supported"),
            ("a module of torch", p.run(p.global("torch", "load")), "imports torch.load, but only"),
            (
                "names with dots", p.run(p.global("torch", "_utils.os.system")),
                "imports torch._utils.os.system"
            ),
        ]
    }()

    @Test(arguments: programs.indices) func `A pickle that is damaged or more than data is an error`(index: Int) throws
    {
        let (name, pickle, text) = Self.programs[index]
        let error = #expect(throws: BertError.self) { try openTorchFile(torchFile(pickle)) }
        // The reason is what distinguishes the cases.
        #expect(error?.description.contains(text) == true, "\(name): \(error?.description ?? "")")
        error?.expect(.malformedFile, file: "m/pytorch_model.bin, x/data.pkl")
    }

    static let bombs: [(name: String, pickle: [UInt8])] = {
        let many = 1 << 20
        let p = Pickle.self
        func repeated(_ code: String, _ count: Int) -> [UInt8] {
            [UInt8](repeating: p.ascii(code)[0], count: count)
        }
        // l0 = []; l1 = [l0, l0, …]; l2 = [l1, l1, …]; …
        var doubling: [UInt8] = []
        for level in 0..<60 {
            doubling += p.ascii("]q") + [UInt8(level)]
            if level > 0 { for _ in 0..<10 { doubling += p.ascii("h") + [UInt8(level - 1)] + p.ascii("a") } }
        }
        let axes: [UInt8] = (0..<100_000).flatMap { _ in p.int(1) }
        let recalled = p.ascii("h\u{0}")
        let tensor: [UInt8] =
            p.global("torch._utils", "_rebuild_tensor_v2")
            + p.tuple(p.storage(), p.int(0), recalled, recalled, p.ascii("NN")) + p.call
        let tensors: [UInt8] = (0..<1000).flatMap { _ in tensor }
        return [
            ("nested tuples", p.run(p.ascii(")"), [UInt8](repeating: 0x85, count: many), p.stop)),
            ("nested lists", p.run(repeated("]", many), repeated("a", many - 1), p.stop)),
            ("a list in itself", p.run(p.ascii("]q\u{0}h\u{0}a."))),
            ("open marks", p.run(repeated("(", many), p.stop)),
            ("values", p.run(repeated("N", many), p.stop)),
            ("lists of lists of lists", p.run(doubling, p.stop)),
            ("a shape of many axes", p.run(p.mark, axes, p.tuple, p.ascii("q\u{0}"), tensors, p.stop)),
        ]
    }()

    @Test(arguments: bombs.indices) func `A pickle that grows without end is an error at once`(index: Int) throws {
        let (name, pickle) = Self.bombs[index]
        let error = #expect(throws: BertError.self) { try openTorchFile(torchFile(pickle)) }
        #expect(error?.code == .malformedFile, "\(name)")
    }

    @Test func `A pickle of many megabytes is no list of weights`() throws {
        let pickle = [UInt8](repeating: UInt8(ascii: "N"), count: (16 << 20) + 1)
        expectError(.malformedFile, file: "m/pytorch_model.bin", limit: .int(16 << 20)) {
            try openTorchFile(torchFile(pickle))
        }
    }

    @Test func `Tensors out of order take no more memory than the file`() throws {
        let p = Pickle.self
        let storage = [UInt8](repeating: 0, count: 4096)
        func member(_ name: String) -> [UInt8] {
            p.string(name) + p.tensor(p.storage(count: 1024), shape: [32, 32], strides: [1, 32]) + p.setItem
        }
        let few = p.run(p.dictionary, member("a"), p.stop)
        #expect(try openTorchFile(torchFile(few, storage: storage)).shape(of: "a") == [32, 32])
        let many = p.run(p.dictionary, (0..<100).flatMap { member("\($0)") }, p.stop)
        let checkpoint = try openTorchFile(torchFile(many, storage: storage))
        #expect(checkpoint.names == ["0", "1", "2", "3"])
        expectError(.malformedFile, file: "m/pytorch_model.bin", key: "4") { try checkpoint.tensor("4") }
    }
}
