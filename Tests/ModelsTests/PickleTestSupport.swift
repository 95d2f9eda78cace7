import BertCheckpoints
import BertCore
import BertModels
import TestSupport

/// A builder of zip archives with stored entries, in which any field can be wrong.
struct ZipBuilder {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// Adds an entry. The given header fields replace the correct ones.
    mutating func add(
        _ name: String, _ data: [UInt8], method: Int = 0, flags: Int = 0, offset: Int? = nil, size: Int? = nil,
        localName: String? = nil, extra: [UInt8] = []
    ) {
        let start = body.count
        let local = Array((localName ?? name).utf8)
        body += le(0x0403_4b50, 4) + le(20, 2) + le(flags, 2) + le(method, 2) + le(0, 4) + le(0, 4)
        body += le(data.count, 4) + le(data.count, 4) + le(local.count, 2) + le(0, 2) + local + data
        let size = size ?? data.count
        directory += le(0x0201_4b50, 4) + le(20, 2) + le(20, 2) + le(flags, 2) + le(method, 2) + le(0, 4) + le(0, 4)
        directory += le(size, 4) + le(size, 4) + le(name.utf8.count, 2) + le(extra.count, 2) + le(0, 2) + le(0, 2)
        directory += le(0, 2) + le(0, 4) + le(offset ?? start, 4) + Array(name.utf8) + extra
        count += 1
    }

    /// Returns the archive. The given fields replace the correct ones.
    func bytes(count: Int? = nil, directoryOffset: Int? = nil, directorySize: Int? = nil, disk: Int = 0) -> [UInt8] {
        let count = count ?? self.count
        return body + directory + le(0x0605_4b50, 4) + le(disk, 2) + le(disk, 2) + le(count, 2) + le(count, 2)
            + le(directorySize ?? directory.count, 4) + le(directoryOffset ?? body.count, 4) + le(0, 2)
    }
}

/// Returns the low bytes of a number in little-endian order.
func le(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * min($0, 7))) }
}

/// The instructions of a pickle.
enum Pickle {
    static let start: [UInt8] = [0x80, 2]
    static let dictionary = ascii("}")
    static let tuple = ascii("t")
    static let mark = ascii("(")
    static let call = ascii("R")
    static let setItem = ascii("s")
    static let stop = ascii(".")
    static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
    static func string(_ text: String) -> [UInt8] { ascii("X") + le(text.utf8.count, 4) + Array(text.utf8) }
    static func global(_ module: String, _ name: String) -> [UInt8] { ascii("c\(module)\n\(name)\n") }
    static func int(_ value: Int) -> [UInt8] { [0x8a, 8] + le(value, 8) }
    static func tuple(_ values: [UInt8]...) -> [UInt8] { mark + values.flatMap { $0 } + tuple }
    static func storage(key: String = "0", type: String = "FloatStorage", count: Int = 4) -> [UInt8] {
        tuple(string("storage"), global("torch", type), string(key), string("cpu"), int(count)) + ascii("Q")
    }
    static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2")
            + tuple(
                storage, int(offset), mark + shape.flatMap(int) + tuple, mark + strides.flatMap(int) + tuple, [0x89],
                dictionary)
            + call
    }
    /// Returns a pickle with the given instructions after the first one.
    static func run(_ instructions: [UInt8]...) -> [UInt8] { instructions.reduce(start, +) }
    /// Returns a pickle of a dictionary with the member `a`.
    static func member(_ value: [UInt8]) -> [UInt8] { run(dictionary, string("a"), value, setItem, stop) }
}

/// Returns a file like those of torch.save, with a pickle and 16 bytes of storage `0`.
func torchFile(_ pickle: [UInt8], storage: [UInt8] = (0..<4).flatMap { le(Int(Float($0).bitPattern), 4) }) -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("x/data.pkl", pickle)
    zip.add("x/byteorder", Pickle.ascii("little"))
    zip.add("x/data/0", storage)
    return zip.bytes()
}

/// Opens a file as a model's weights.
func openTorchFile(_ bytes: [UInt8]) throws -> Checkpoint {
    try Checkpoint(ModelFiles(name: "m", files: ["pytorch_model.bin": GuardedBytes.buffer(bytes)]))
}
