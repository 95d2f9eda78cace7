public import BertCheckpoints
public import BertCore

extension ModelCatalogue {
    /// Packs the weights of a model for a backend, and stores them next to its checkpoint.
    ///
    /// Models that are loaded from the folder onto the same backend, in the same precision, map the packed weights into
    /// memory instead of packing the checkpoint's. Their results are bitwise identical. The file can be deleted at any
    /// time. If the checkpoint or the package's version changes, loading throws an error until the file is written
    /// again.
    ///
    /// - Parameters:
    ///   - files: The folder with `config.json` and the weights.
    ///   - className: The name of the class; nil to use ``className(for:)``. Other classes with the same trunk use its
    ///     weights, too.
    ///   - backend: A ``PackingBackend``, such as `simd`, in the precision to pack.
    /// - Returns: The path of the file.
    /// - Throws: ``BertError`` with code `unsupported` if the backend can't store packed weights; errors of loading the
    ///   model and of writing the file.
    public func packWeights(
        of files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend
    ) throws -> String {
        guard let packer = backend as? any PackingBackend else {
            throw BertError(
                .unsupported, "the backend \(backend.info.name) can't store packed weights; use simd",
                value: .string(backend.info.name), choices: ["simd"])
        }
        let name = try className ?? self.className(for: BertConfig(files, in: self))
        return try PackedWeights.write(entry(name).modelType, files, on: packer)
    }
}
