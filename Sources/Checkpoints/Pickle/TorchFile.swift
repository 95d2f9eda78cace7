import BertCore

/// A file written by `torch.save` (`pytorch_model.bin`): a pickle that describes tensors, and their data.
///
/// Since PyTorch 1.6 it is a zip archive; see ``LegacyTorchArchive`` for the earlier format.
struct TorchFile {
    let source: String
    /// The tensors, in the order of the pickle.
    let tensors: [StoredTensor]
    /// The errors for members that aren't tensors or can't be read, by name. They only matter if a model needs them.
    let unusable: [String: BertError]

    /// The maximum size of a pickle; those of real models have some hundred kilobytes.
    private static let maximumPickle = 16 << 20

    /// Finds the tensors in a file in memory. Nothing in the pickle is executed.
    ///
    /// - Throws: ``BertError`` `.malformedFile` with the file and, if applicable, the tensor as its key, also if no
    ///   member is usable.
    init(_ bytes: HostBuffer, source: String) throws {
        if let kind = Self.otherKind(bytes) {
            throw BertError(.malformedFile, "is not a PyTorch weight file but \(kind)", file: source)
        }
        let state: PickledState
        let storage: (PickledStorage) throws -> Range<Int>?
        if let start = bytes.withUnsafeBytes(LegacyTorchArchive.start) {
            let archive = try LegacyTorchArchive(
                bytes, start: start, maximumPickle: Self.maximumPickle, source: source)
            state = archive.state
            storage = { archive.storages[$0.key] }
        } else {
            let archive = try ZipArchive(bytes, source: source)
            let root = try Self.root(of: archive)
            state = try Self.state(archive, root, bytes)
            storage = { archive[root + "data/" + $0.key]?.range }
        }
        var copies = TensorCopies(limit: bytes.count)
        var unusable = state.unusable
        tensors = try state.tensors.compactMap { name, tensor in
            func malformed(_ reason: String) -> BertError {
                BertError(.malformedFile, "the tensor \(reason)", file: source, key: name)
            }
            guard let range = try storage(tensor.storage) else {
                throw malformed("is in the storage \(tensor.storage.key), which is missing")
            }
            guard tensor.storage.byteCount == range.count else {
                throw malformed(
                    "is in the storage \(tensor.storage.key), which has \(range.count) bytes; its "
                        + "\(tensor.storage.count) elements require another size")
            }
            guard let data = try copies.data(of: tensor, in: bytes[range], failure: malformed) else {
                unusable.append((name, malformed("has overlapping elements; save it after contiguous()")))
                return nil
            }
            return StoredTensor(name: name, type: tensor.type, shape: tensor.shape, data: data, source: source)
        }
        if tensors.isEmpty, let first = unusable.first { throw first.error }
        self.unusable = Dictionary(unusable.map { ($0.name, $0.error) }) { first, _ in first }
        self.source = source
    }

    /// Returns the state dictionary of an archive.
    private static func state(_ archive: ZipArchive, _ root: String, _ bytes: HostBuffer) throws -> PickledState {
        let source = archive.source
        if let order = archive[root + "byteorder"]?.range,
            LittleEndianBytes(bytes).string(at: order.lowerBound, count: order.count) != "little"
        {
            throw BertError(
                .malformedFile, "was written on a big-endian machine, which is not supported", file: source)
        }
        guard let pickle = archive[root + "data.pkl"]?.range, pickle.count <= maximumPickle else {
            throw BertError(
                .malformedFile, "\(root)data.pkl has more than \(maximumPickle) bytes; so it is not a list of weights",
                file: source, limit: .int(maximumPickle))
        }
        return try PickleReader.state(
            in: bytes[pickle].withUnsafeBytes { Array($0) }, source: "\(source), \(root)data.pkl")
    }

    /// Returns the top-level folder in the archive, with a slash.
    private static func root(of archive: ZipArchive) throws -> String {
        let pickles = archive.entries.filter { entry in
            entry.name.hasSuffix("/data.pkl") && entry.name.utf8.count { $0 == UInt8(ascii: "/") } == 1
        }
        guard pickles.count == 1 else {
            throw BertError(
                .malformedFile, "is a zip archive with \(pickles.count) files data.pkl instead of one",
                file: archive.source)
        }
        let root = String(pickles[0].name.dropLast("data.pkl".count))
        guard archive[root + "constants.pkl"] == nil else {
            throw BertError(
                .malformedFile, "is a TorchScript program, not a weight file (a state dictionary)",
                file: archive.source)
        }
        return root
    }

    /// Returns a description of a file that is commonly mistaken for weights; nil if it may contain weights.
    private static func otherKind(_ bytes: HostBuffer) -> String? {
        bytes.withUnsafeBytes { bytes in
            if FileKind.isZip(bytes) || LegacyTorchArchive.start(bytes) != nil { return nil }
            if let kind = FileKind.description(of: bytes) { return kind }
            // The archive format of PyTorch before 0.1.10.
            if bytes.count > 512, bytes[257...].starts(with: "ustar".utf8) { return "a tar archive" }
            return "an unknown format, neither a zip archive nor a PyTorch pickle"
        }
    }
}

/// The data of tensors: used in place if contiguous, otherwise copied, with a limit on the total size of copies.
private struct TensorCopies {
    /// The remaining limit in bytes.
    private var remaining: Int

    init(limit: Int) { remaining = limit }

    /// Returns the data of a tensor, or nil if copies would exceed the limit because elements overlap.
    mutating func data(
        of tensor: PickledTensor, in storage: HostBuffer, failure: (String) -> BertError
    ) throws -> HostBuffer? {
        let size = tensor.type.size
        guard let count = tensor.elementCount, let end = tensor.endInStorage, end <= storage.count / size else {
            throw failure("exceeds its storage")
        }
        if count == 0 { return storage[0..<0] }
        if tensor.isContiguous { return storage[tensor.offset * size..<(tensor.offset + count) * size] }
        guard count <= remaining / size else { return nil }
        remaining -= count * size
        return storage.withUnsafeBytes { source in
            HostBuffer(count: count * size) { target in
                for (position, element) in tensor.elementOffsets.enumerated() {
                    target[position * size..<(position + 1) * size].copyBytes(
                        from: source[element * size..<(element + 1) * size])
                }
            }
        }
    }
}
