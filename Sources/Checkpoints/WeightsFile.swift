import BertCore

/// A file of named tensors, in either of the formats that models come in.
package struct WeightsFile {
    /// The formats, in the order in which they are looked for.
    package enum Format: CaseIterable {
        case safetensors
        case torch

        /// What the file is called if there is one.
        package var singleFile: String {
            switch self {
            case .safetensors: "model.safetensors"
            case .torch: "pytorch_model.bin"
            }
        }

        /// What lists the files if there are several.
        package var indexFile: String { singleFile + ".index.json" }
    }

    let source: String
    let metadata: [String: String]
    let tensors: [StoredTensor]
    private let positions: [String: Int]

    /// Maps a file and checks what it says of its tensors.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` or `.malformedFile`.
    init(_ files: ModelFiles, _ name: String, _ format: Format) throws {
        source = files.path(of: name)
        switch format {
        case .safetensors:
            let file = try SafetensorsFile(files.map(name), source: source)
            (metadata, tensors) = (file.metadata, file.tensors)
        case .torch:
            metadata = [:]
            tensors = try TorchFile(files.map(name), source: source).tensors
        }
        positions = Dictionary(tensors.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    /// The tensor of that name, or nil.
    subscript(name: String) -> StoredTensor? { positions[name].map { tensors[$0] } }
}
