import ArgumentParser
import Bert
import BertCore
import BertJSON

/// `bert convert`: stores the packed weights of a model.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Pack a model's weights for this processor, so that it starts faster.",
        discussion: """
            Without packed weights, every process converts the weights to the precision and layout of the backend. This \
            command does it once and stores the result in the model's folder, or with --out in a copy of it. All commands and \
            programs with the same backend, precision and instruction set then map the packed weights into memory. Results \
            are bitwise identical.

            The other weights remain, for other precisions and processors. The packed ones, packed-*.safetensors, can be \
            deleted. If the model's weights or the version of this program change, using them is an error until this command \
            is run again. The default backend is simd, which is the only one that stores packed weights.

            EXAMPLE:
              rm -rf .build/packed-demo
              bert convert --model Sources/CDemoModel/tiny-sst2-deebert \\
                --precision int8 --out .build/packed-demo
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: ArgumentHelp(
            "Folder for a copy of the model (default: the model's own folder).", valueName: "dir"),
        completion: .directory)
    var out: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Model class (default: from config.json).", valueName: "name"))
    var className: String?

    @OptionGroup var backend: BackendOptions

    func run() throws {
        let folder = try model.folder()
        let backend = try packer()
        let destination = try ModelDestination(model: folder, out: out)
        let (name, target) = try destination.write { folder in
            let files = try ModelFiles(folder: folder)
            let path = try ModelCatalogue.shared.packWeights(
                of: files.transformerFiles(), as: className, on: backend)
            return path.dropFirst(files.location.count + 1)
        }
        try Output.write(ModelFiles(folder: target).path(of: String(name)) + "\n")
    }

    /// Returns the requested backend, or `simd` if none is requested.
    private func packer() throws -> any ComputeBackend {
        let selected = try backend.resolve(for: "bert convert")
        let isRequested = backend.backend != nil || BertEnvironment.process[.backend] != nil
        guard !isRequested, selected.info.name != "simd" else { return selected }
        BackendRegistry.shared.tell(
            BackendEvent(
                .notice,
                """
                packing for simd, but the default backend here is \(selected.info.name); use the packed weights with \
                --backend simd or BERT_BACKEND=simd
                """))
        return try BackendRegistry.shared.backend(
            .named("simd"), precision: backend.precision, from: BackendOptions.source, for: "bert convert")
    }
}
