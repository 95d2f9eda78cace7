public import BertCore
import BertJSON

/// A writer for safetensors files.
public enum SafetensorsWriter {
    /// A tensor to write.
    public struct Tensor: Sendable {
        /// The name in the file.
        public let name: String
        /// The element type.
        public let type: ElementType
        /// The dimensions.
        public let shape: [Int]
        private let makeData: @Sendable () throws -> HostBuffer

        /// Creates a tensor with its elements in row-major order.
        public init(name: String, type: ElementType, shape: [Int], data: HostBuffer) {
            self.init(name: name, type: type, shape: shape) { data }
        }

        /// Creates a tensor whose elements are computed when they are written, to limit memory use.
        public init(name: String, type: ElementType, shape: [Int], data: @escaping @Sendable () throws -> HostBuffer) {
            self.name = name
            self.type = type
            self.shape = shape
            makeData = data
        }

        /// The size in bytes according to the shape; -1 for an invalid shape.
        package var byteCount: Int {
            shape.reduce(type.size) { size, dimension in
                let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
                return size < 0 || overflow || dimension < 0 ? -1 : product
            }
        }

        /// Returns the elements.
        ///
        /// - Throws: ``BertError`` `.invalidArgument` if their size doesn't match the shape.
        public func data() throws -> HostBuffer {
            let data = try makeData()
            guard data.count == byteCount else {
                throw BertError(
                    .invalidArgument,
                    "the tensor has \(data.count) bytes, which don't match its shape \(shape) of \(type)", key: name,
                    value: .int(data.count), limit: .int(byteCount))
            }
            return data
        }
    }

    /// Writes a file atomically: an existing file is replaced only when the new one is complete and on disk.
    ///
    /// - Parameters:
    ///   - tensors: The tensors in any order. In the file, the widest types come first, so that all tensors are
    ///     aligned, and names are sorted.
    ///   - metadata: The contents of `__metadata__`. The Python library requires a `format`.
    ///   - alignment: The alignment of the first tensor in the file, in bytes.
    ///   - path: The path of the file.
    /// - Throws: ``BertError`` `.invalidArgument` if the data of a tensor doesn't match its shape or a name occurs
    ///   twice; `.fileNotReadable` if the file can't be written.
    public static func write(
        _ tensors: [Tensor], metadata: [String: String] = ["format": "pt"], alignment: Int = 8, to path: String
    ) throws {
        let tensors = tensors.sorted { left, right in
            left.type.size != right.type.size
                ? left.type.size > right.type.size : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        let header = try header(for: tensors, metadata: metadata, alignment: alignment)
        try AtomicFile.replace(path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.append($0) }
            try header.withUnsafeBytes { try file.append($0) }
            for tensor in tensors {
                try tensor.data().withUnsafeBytes { try file.append($0) }
            }
        }
    }

    private static func header(
        for tensors: [Tensor], metadata: [String: String], alignment: Int
    ) throws -> [UInt8] {
        var object = JSONObject()
        if !metadata.isEmpty {
            object["__metadata__"] = .object(
                JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for tensor in tensors {
            guard object[tensor.name] == nil else {
                throw BertError(.invalidArgument, "a file can't contain two tensors of this name", key: tensor.name)
            }
            let (end, overflow) = offset.addingReportingOverflow(tensor.byteCount)
            guard end >= offset, !overflow else {
                throw BertError(
                    .invalidArgument, "the tensor can't have the shape \(tensor.shape)", key: tensor.name,
                    value: .string("\(tensor.shape)"))
            }
            object[tensor.name] = [
                "dtype": .string(SafetensorsType(tensor.type).rawValue),
                "shape": .array(tensor.shape.map(JSONValue.int)),
                "data_offsets": [.int(offset), .int(end)],
            ]
            offset = end
        }
        var header = JSONValue.object(object).serializedBytes()
        // The header follows its length. Like other writers, align the data.
        while (header.count + 8) % alignment != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }
}
