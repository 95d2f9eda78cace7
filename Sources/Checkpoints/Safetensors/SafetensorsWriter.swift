public import BertCore
import BertJSON

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// A tensor to write.
    public struct Tensor: Sendable {
        /// Its name in the file.
        public let name: String
        /// The type of its elements.
        public let type: ElementType
        /// Its dimensions.
        public let shape: [Int]
        private let makeData: @Sendable () throws -> HostBuffer

        /// Describes a tensor with its elements, row by row.
        public init(name: String, type: ElementType, shape: [Int], data: HostBuffer) {
            self.init(name: name, type: type, shape: shape) { data }
        }

        /// Describes a tensor whose elements are made when they are written, so that not all are there at once.
        public init(name: String, type: ElementType, shape: [Int], data: @escaping @Sendable () throws -> HostBuffer) {
            self.name = name
            self.type = type
            self.shape = shape
            makeData = data
        }

        /// What its shape asks for; -1 for a shape that none can have.
        package var byteCount: Int {
            shape.reduce(type.size) { size, dimension in
                let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
                return size < 0 || overflow || dimension < 0 ? -1 : product
            }
        }

        /// Its elements.
        ///
        /// - Throws: ``BertError`` `.invalidArgument` if they don't fit the shape.
        public func data() throws -> HostBuffer {
            let data = try makeData()
            guard data.count == byteCount else {
                throw BertError(
                    .invalidArgument,
                    "the tensor \(name) has \(data.count) bytes, which do not fit its shape \(shape) of \(type)")
            }
            return data
        }
    }

    /// Writes a file, whole or not at all: it replaces an older one only when it is complete and on the disk.
    ///
    /// - Parameters:
    ///   - tensors: in any order; in the file the widest types come first, so that all are aligned, and names are sorted.
    ///   - metadata: notes for `__metadata__`; the Python library wants a `format`.
    ///   - path: the file.
    /// - Throws: ``BertError`` `.invalidArgument` if a tensor's data does not fit its shape or a name comes twice;
    ///   `.fileNotReadable` if the file can't be written.
    public static func write(
        _ tensors: [Tensor], metadata: [String: String] = ["format": "pt"], to path: String
    ) throws {
        let tensors = tensors.sorted { left, right in
            left.type.size != right.type.size
                ? left.type.size > right.type.size : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        let header = try header(for: tensors, metadata: metadata)
        try AtomicFile.replace(path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.append($0) }
            try header.withUnsafeBytes { try file.append($0) }
            for tensor in tensors {
                try tensor.data().withUnsafeBytes { try file.append($0) }
            }
        }
    }

    private static func header(for tensors: [Tensor], metadata: [String: String]) throws -> [UInt8] {
        var object = JSONObject()
        if !metadata.isEmpty {
            object["__metadata__"] = .object(
                JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for tensor in tensors {
            guard object[tensor.name] == nil else {
                throw BertError(.invalidArgument, "a file can't hold two tensors named \(tensor.name)")
            }
            let (end, overflow) = offset.addingReportingOverflow(tensor.byteCount)
            guard end >= offset, !overflow else {
                throw BertError(.invalidArgument, "the tensor \(tensor.name) can't have the shape \(tensor.shape)")
            }
            object[tensor.name] = [
                "dtype": .string(SafetensorsType(tensor.type).rawValue),
                "shape": .array(tensor.shape.map(JSONValue.int)),
                "data_offsets": [.int(offset), .int(end)],
            ]
            offset = end
        }
        var header = JSONValue.object(object).serializedBytes()
        // The data starts at a multiple of 8, as the other writers have it.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }
}
