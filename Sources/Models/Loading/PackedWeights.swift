import BertCheckpoints
import BertCore
import BertJSON
import BertLocks

/// The packed weights of a model, in a file next to its checkpoint.
///
/// The file has the safetensors format: a tensor of bytes for each part of a layer, called `LAYER|PART`. Its metadata
/// identifies the form of the weights, the version of the package that wrote it, and the contents of the checkpoint.
struct PackedWeights: Sendable {
    private let form: PackedForm
    private let layers: [String: PackedLinear]
    /// The prefix of the trunk in a head model, which names in the file don't have.
    private let prefix: String
    private let source: String

    /// Opens the packed weights of a checkpoint for a backend; nil if there are none.
    ///
    /// - Throws: ``BertError`` with code `weightsMismatch` if the file has the right name, but belongs to other
    ///   contents of the checkpoint or to another version; `malformedFile`.
    init?(of checkpoint: Checkpoint, on backend: any ComputeBackend, basePrefix: String, _ options: LoadingOptions)
        throws
    {
        guard let form = (backend as? any PackingBackend)?.packedForm, let weights = checkpoint.location else {
            return nil
        }
        let name = Self.fileName(form)
        source = weights.files.path(of: name)
        guard weights.files.contains(name) else {
            Self.noteOthers(weights.files, form, options)
            return nil
        }
        self.form = form
        prefix = basePrefix + "."
        let file = try SafetensorsFile(path: source)
        try Self.check(file, form, weights)
        var parts: [String: [String: HostBuffer]] = [:]
        for tensor in file.tensors {
            let words = tensor.name.split(separator: "|", maxSplits: 1)
            guard words.count == 2, tensor.type == .uint8 else {
                throw BertError(.malformedFile, "isn't a part of packed weights", file: source, key: tensor.name)
            }
            parts[String(words[0]), default: [:]][String(words[1])] = tensor.data
        }
        layers = parts.mapValues { PackedLinear($0) }
    }

    /// Returns the weights of a layer; nil if the file doesn't have them or another backend needs them.
    ///
    /// - Parameter names: The names of the layers that are fused, without `.weight`.
    func linear(
        _ names: [String], shapes: [Shape], on backend: any ComputeBackend
    ) throws -> PreparedLinear? {
        guard let backend = backend as? any PackingBackend, backend.packedForm == form,
            let layer = layers[Self.key(names, prefix: prefix)], let first = shapes.first
        else { return nil }
        return try BertError.context(file: source, key: names.joined(separator: "+")) {
            try backend.prepareLinear(
                layer, inputSize: first[1], outputSize: shapes.reduce(0) { $0 + $1[0] })
        }
    }

    private static func key(_ names: [String], prefix: String) -> String {
        names.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }.joined(separator: "+")
    }
}

// MARK: The file

extension PackedWeights {
    /// Returns the name of the file for a form, such as `packed-simd-avx512vnni-int8.safetensors`.
    static func fileName(_ form: PackedForm) -> String {
        "packed-\(form.backend)-\(form.instructionSet)-\(form.precision.rawValue).safetensors"
    }

    /// Says that the folder only has weights for other instruction sets.
    private static func noteOthers(_ folder: ModelFiles, _ form: PackedForm, _ options: LoadingOptions) {
        let (start, end) = ("packed-\(form.backend)-", "-\(form.precision.rawValue).safetensors")
        let others = folder.names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }
        guard !others.isEmpty else { return }
        options.note(
            """
            \(folder.location): \(others.joined(separator: ", ")) isn't used, because the instruction set is \
            \(form.instructionSet); the weights are packed now. `bert convert` packs them for this processor
            """)
    }

    private static func check(_ file: SafetensorsFile, _ form: PackedForm, _ weights: Checkpoint.Location) throws {
        let expected = metadata(form)
        for key in expected.keys.sorted() where file.metadata[key] != expected[key] {
            throw BertError(
                .weightsMismatch,
                """
                was written with another \(key): \(file.metadata[key] ?? "none") instead of \(expected[key] ?? ""). \
                \(advice)
                """, file: file.source, key: key, value: file.metadata[key].map { .string($0) },
                limit: expected[key].map { .string($0) })
        }
        let stored = try file.metadata["weights"].map { try JSONValue(parsing: $0, source: file.source) }?.objectValue
        var identities: [String: FileIdentity] = [:]
        for (name, value) in stored ?? [:] { identities[name] = FileIdentity(value) }
        guard Set(weights.names) == Set(identities.keys) else {
            throw BertError(
                .weightsMismatch,
                "belongs to the weights \(identities.keys.sorted()) instead of \(weights.names). \(advice)",
                file: file.source, key: "weights")
        }
        for name in weights.names {
            guard try identities[name]?.matches(weights.files.path(of: name)) == true else {
                throw BertError(
                    .weightsMismatch, "belongs to other contents of \(name). \(advice)", file: file.source,
                    key: "weights", value: .string(name))
            }
        }
    }

    private static let advice = "Write it again with `bert convert`, or delete it"

    private static func metadata(_ form: PackedForm) -> [String: String] {
        [
            "format": "bert-packed", "backend": form.backend, "instruction set": form.instructionSet,
            "precision": form.precision.rawValue, "layout": "\(form.version)", "version": PackageVersion.current,
        ]
    }

    /// Writes the packed weights of a model next to its checkpoint, and replaces a previous file atomically.
    ///
    /// Layers that the checkpoint doesn't contain are omitted.
    ///
    /// - Returns: The path of the file.
    /// - Throws: ``BertError`` with the file, the key and a fix.
    static func write(
        _ modelType: any BertPreTrainedModel.Type, _ files: ModelFiles, on backend: any PackingBackend
    ) throws -> String {
        let checkpoint = try Checkpoint(files)
        guard let weights = checkpoint.location else {
            throw BertError(.invalidArgument, "weights in memory can't be packed in a file", file: files.location)
        }
        var config = try BertConfig(files, assuming: modelType.family)
        let parameters = try modelType.parameterStore(&config, checkpoint)
        let recorder = PackingRecorder(parameters, backend)
        _ = try modelType.init(config: config, parameters: parameters.supplied(by: recorder), backend: backend)
        let prefix = modelType.family.prefix(config) + "."
        let tensors = recorder.layers.flatMap { layer in
            layer.packed.parts.map { part in
                SafetensorsWriter.Tensor(
                    name: "\(key(layer.names, prefix: prefix))|\(part.key)", type: .uint8, shape: [part.value.count],
                    data: part.value)
            }
        }
        var metadata = metadata(backend.packedForm)
        let identities = try weights.names.map { ($0, try FileIdentity(ofFile: files.path(of: $0)).json) }
        metadata["weights"] = JSONValue.object(JSONObject(identities)).serialized()
        let path = files.path(of: fileName(backend.packedForm))
        try SafetensorsWriter.write(tensors, metadata: metadata, alignment: 64, to: path)
        return path
    }
}

/// A source of parameters that packs the weights of each layer and keeps them.
private final class PackingRecorder: ParameterSource {
    private let loader: WeightLoader
    private let backend: any PackingBackend
    private let missing: Set<String>
    private let recorded = ForkSafeMutex<[(names: [String], packed: PackedLinear)]>([])

    init(_ parameters: ParameterStore, _ backend: any PackingBackend) {
        loader = WeightLoader(parameters: parameters, backend: backend)
        self.backend = backend
        missing = Set(parameters.report.missingKeys)
    }

    var layers: [(names: [String], packed: PackedLinear)] { recorded.withLock { $0 } }

    func tensor(_ name: String) throws -> Tensor { try loader.tensor(name) }

    func linear(_ parameters: [String], make: () throws -> PreparedLinear) throws -> PreparedLinear {
        let prepared = try make()
        if missing.isDisjoint(with: parameters), let packed = try backend.packed(prepared) {
            let names = parameters.filter { $0.hasSuffix(".weight") }.map { String($0.dropLast(".weight".count)) }
            recorded.withLock { $0.append((names, packed)) }
        }
        return prepared
    }
}
