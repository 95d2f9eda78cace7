import BertCore

/// A file of named tensors in any supported format.
package struct WeightsFile {
    /// The formats, in order of preference.
    package enum Format: CaseIterable {
        case safetensors
        case torch

        /// The name of a single weights file.
        package var singleFile: String {
            switch self {
            case .safetensors: "model.safetensors"
            case .torch: "pytorch_model.bin"
            }
        }

        /// The name of the index of several files.
        package var indexFile: String { singleFile + ".index.json" }
    }

    let source: String
    let metadata: [String: String]
    let tensors: [StoredTensor]
    /// The errors for members that can't be read as tensors, by name.
    let unusable: [String: BertError]
    private let positions: [String: Int]

    /// Maps a file and validates its description of tensors.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` or `.malformedFile`.
    init(_ files: ModelFiles, _ name: String, _ format: Format) throws {
        source = files.path(of: name)
        switch format {
        case .safetensors:
            let file = try SafetensorsFile(files.map(name), source: source)
            (metadata, tensors, unusable) = (file.metadata, file.tensors, [:])
        case .torch:
            let file = try TorchFile(files.map(name), source: source)
            (metadata, tensors, unusable) = ([:], file.tensors, file.unusable)
        }
        positions = Dictionary(tensors.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    /// Returns a tensor, or nil if it doesn't exist.
    subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }
}
