import BertCore

/// A file that `torch.save` wrote (`pytorch_model.bin`): a zip archive of a pickle, which says what there is, and of
/// the tensors' memory, which stays where it lies in the file.
struct TorchFile {
    let source: String
    /// In the order of the pickle.
    let tensors: [StoredTensor]

    /// Pickles of real models have some hundred kilobytes.
    private static let maximumPickle = 16 << 20

    /// Finds the tensors in a file in memory; nothing of the pickle is executed.
    ///
    /// - Throws: ``BertError`` `.malformedFile`, naming the file and, where it is about one, the tensor.
    init(_ bytes: HostBuffer, source: String) throws {
        if let kind = Self.otherKind(bytes) {
            throw BertError(.malformedFile, "\(source) is no file of PyTorch weights but \(kind)")
        }
        let archive = try ZipArchive(bytes, source: source)
        let root = try Self.root(of: archive)
        if let order = archive[root + "byteorder"]?.range,
            LittleEndianBytes(bytes).string(at: order.lowerBound, count: order.count) != "little"
        {
            throw BertError(
                .malformedFile, "\(source) was written on a big-endian machine; load and save it again in Python")
        }
        guard let pickle = archive[root + "data.pkl"]?.range, pickle.count <= Self.maximumPickle else {
            throw BertError(
                .malformedFile,
                "\(source): \(root)data.pkl has more than \(Self.maximumPickle) bytes; it is no list of weights"
            )
        }
        let described = try PickleReader.tensors(
            in: bytes[pickle].withUnsafeBytes { Array($0) }, source: "\(source), \(root)data.pkl")
        var copies = TensorCopies(limit: bytes.count)
        tensors = try described.map { name, tensor in
            func malformed(_ reason: String) -> BertError {
                BertError(.malformedFile, "\(source): the tensor \(name) \(reason)")
            }
            guard let storage = archive[root + "data/" + tensor.storage.key] else {
                throw malformed("lies in \(root)data/\(tensor.storage.key), which is missing")
            }
            guard tensor.storage.byteCount == storage.range.count else {
                throw malformed(
                    "lies in \(storage.name), which has \(storage.range.count) bytes instead of those that "
                        + "\(tensor.storage.count) elements take")
            }
            let data = try copies.data(of: tensor, in: bytes[storage.range], failure: malformed)
            return StoredTensor(name: name, type: tensor.type, shape: tensor.shape, data: data, source: source)
        }
        self.source = source
    }

    /// The folder that everything in the archive is in, with a slash.
    private static func root(of archive: ZipArchive) throws -> String {
        let pickles = archive.entries.filter { entry in
            entry.name.hasSuffix("/data.pkl") && entry.name.utf8.count { $0 == UInt8(ascii: "/") } == 1
        }
        guard pickles.count == 1 else {
            throw BertError(
                .malformedFile,
                "\(archive.source) is a zip archive with \(pickles.count) data.pkl; torch.save writes one")
        }
        let root = String(pickles[0].name.dropLast("data.pkl".count))
        guard archive[root + "constants.pkl"] == nil else {
            throw BertError(
                .malformedFile, "\(archive.source) is a TorchScript program; weights are expected (a state dictionary)")
        }
        return root
    }

    /// What is often found in such a file's place.
    private static func otherKind(_ bytes: HostBuffer) -> String? {
        bytes.withUnsafeBytes { bytes in
            // The pickled number 0x1950a86a20f9469cfc6c.
            if bytes.starts(with: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
            {
                return "one in the format that PyTorch wrote before version 1.6; convert it in Python: "
                    + "AutoModel.from_pretrained(folder).save_pretrained(folder)"
            }
            if FileKind.isZip(bytes) { return nil }
            return FileKind.description(of: bytes) ?? "something else: it does not begin as a zip archive does"
        }
    }
}

/// The data of tensors: where it lies if it is in order, otherwise copied, but never more than the file has.
private struct TensorCopies {
    /// In bytes.
    private var remaining: Int

    init(limit: Int) { remaining = limit }

    mutating func data(
        of tensor: PickledTensor, in storage: HostBuffer, failure: (String) -> BertError
    ) throws -> HostBuffer {
        let size = tensor.type.size
        guard let count = tensor.elementCount, let end = tensor.endInStorage, end <= storage.count / size else {
            throw failure("reaches beyond its storage")
        }
        if count == 0 { return storage[0..<0] }
        if tensor.isContiguous { return storage[tensor.offset * size..<(tensor.offset + count) * size] }
        guard count <= storage.count / size, count * size <= remaining else {
            throw failure("repeats parts of its storage; save a copy of it (tensor.contiguous()) in Python")
        }
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
