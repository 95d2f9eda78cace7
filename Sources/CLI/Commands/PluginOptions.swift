import ArgumentParser
import BertCore

/// `--plugin`, for every verb that uses backends or lists them.
struct PluginOptions: ParsableArguments {
    @Option(
        name: .customLong("plugin"),
        help: ArgumentHelp(
            "A dynamic library that brings a backend; may be given again (also: $BERT_PLUGINS).", valueName: "file"))
    var files: [String] = []

    /// Loads them.
    ///
    /// - Throws: `BackendPluginError`.
    func load() throws { for file in files { try BackendRegistry.shared.loadPlugin(at: file) } }
}
